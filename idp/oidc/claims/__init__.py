"""What a service learns of a person: claims, UserInfo, verified claims."""
