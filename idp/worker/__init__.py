"""What is done later: jobs of the outbox, and tasks that recur. A process of its own, or threads of the server."""
