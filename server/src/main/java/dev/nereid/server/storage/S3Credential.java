package dev.nereid.server.storage;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/** How S3 is opened; what is empty is not known. */
record S3Credential(String keyId, String secretKey, String region, String sessionToken, String profile) {
    /** From the variables that AWS's own tools read. */
    static S3Credential of(Map<String, String> environment) {
        return new S3Credential(
                environment.getOrDefault("AWS_ACCESS_KEY_ID", ""),
                environment.getOrDefault("AWS_SECRET_ACCESS_KEY", ""),
                environment.getOrDefault("AWS_DEFAULT_REGION", ""),
                environment.getOrDefault("AWS_SESSION_TOKEN", ""),
                environment.getOrDefault("AWS_PROFILE", ""));
    }

    /** From an entry of Triton's credential file. */
    static S3Credential of(JsonNode entry) {
        return new S3Credential(
                entry.path("key_id").asText(),
                entry.path("secret_key").asText(),
                entry.path("region").asText(),
                entry.path("session_token").asText(),
                entry.path("profile").asText());
    }

    /** Says nothing that opens anything: records are logged by accident. */
    @Override
    public String toString() {
        return "S3Credential[" + keyId + "]";
    }
}
