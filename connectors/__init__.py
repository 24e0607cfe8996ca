"""Every conversation with the outside world. Connectors fetch; `idp/jpki` judges. Never imports `idp`."""
