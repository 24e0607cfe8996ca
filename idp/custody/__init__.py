"""The life of a tenant's keys: rotated, wrapped anew, sealed anew, brought in a ceremony, restored from shares."""
