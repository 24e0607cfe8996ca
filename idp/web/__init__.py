"""What all web-facing files share: requests, cookies, pages, proxies' headers, help."""
