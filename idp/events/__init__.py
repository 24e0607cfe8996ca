"""What services and the worker are told of later: the outbox, and events under each service's own numbers."""
