"""For integrators: sample services today; documentation, quickstarts and an error catalogue will join them."""
