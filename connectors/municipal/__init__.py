"""Ways to the municipalities' own services: receivers of events, back channels, published keys."""
