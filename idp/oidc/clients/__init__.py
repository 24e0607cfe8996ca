"""Services at the provider's endpoints: who calls, with which keys, and how they register themselves."""
