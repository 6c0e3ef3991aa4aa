mod payloads_azure;
