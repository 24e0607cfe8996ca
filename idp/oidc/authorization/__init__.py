"""From a service's request, however it comes, to a transaction, and from its outcome to the answer."""
