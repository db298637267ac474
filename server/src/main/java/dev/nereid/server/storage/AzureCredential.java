package dev.nereid.server.storage;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/**
 * How Azure Blob Storage is opened; what is empty is not known.
 *
 * @param account takes the place of the account in the repository's path
 * @param kind {@code key}, {@code managed_identity} or {@code default}; empty for a key, or for nobody where there is none
 * @param clientId which of several managed identities
 */
record AzureCredential(String account, String key, String kind, String clientId) {
    /** From the variables that Azure's own tools read. */
    static AzureCredential of(Map<String, String> environment) {
        return new AzureCredential(
                environment.getOrDefault("AZURE_STORAGE_ACCOUNT", ""),
                environment.getOrDefault("AZURE_STORAGE_KEY", ""),
                environment.getOrDefault("AZURE_STORAGE_AUTH_TYPE", ""),
                environment.getOrDefault("AZURE_STORAGE_CLIENT_ID", ""));
    }

    /** From an entry of Triton's credential file. */
    static AzureCredential of(JsonNode entry) {
        return new AzureCredential(
                entry.path("account_str").asText(),
                entry.path("account_key").asText(),
                entry.path("auth_type").asText(),
                entry.path("client_id").asText());
    }

    /** Says nothing that opens anything: records are logged by accident. */
    @Override
    public String toString() {
        return "AzureCredential[" + account + "]";
    }
}
