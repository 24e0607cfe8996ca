"""The command `idp`: noun verb, `--json` everywhere; exit 0 ok, 1 refused, 2 usage, 3 unreachable."""
