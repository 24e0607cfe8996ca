"""Ways to the municipalities' own services: the receivers of security events."""
