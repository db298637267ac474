package dev.nereid.server.storage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Who may read the stores: by the variables of each cloud's own tools, or, where {@code TRITON_CLOUD_CREDENTIAL_PATH} names a
 * file, by that alone. In a file each entry stands for the repositories whose names begin with its name, and the longest such
 * name counts. Read anew for each repository.
 */
final class CloudCredentials {
    private static final String FILE = "TRITON_CLOUD_CREDENTIAL_PATH";

    private CloudCredentials() {}

    static S3Credential s3(String repository, Map<String, String> environment) {
        return environment.containsKey(FILE)
                ? S3Credential.of(entry("s3", repository, environment))
                : S3Credential.of(environment);
    }

    static AzureCredential azure(String repository, Map<String, String> environment) {
        return environment.containsKey(FILE)
                ? AzureCredential.of(entry("as", repository, environment))
                : AzureCredential.of(environment);
    }

    /** The file with the key of a service account or a user; empty where none is named. */
    static String google(String repository, Map<String, String> environment) {
        return environment.containsKey(FILE)
                ? entry("gs", repository, environment).asText()
                : environment.getOrDefault("GOOGLE_APPLICATION_CREDENTIALS", "");
    }

    private static JsonNode entry(String cloud, String repository, Map<String, String> environment) {
        String file = environment.getOrDefault(FILE, "");
        JsonNode root;
        try {
            root = new ObjectMapper().readTree(Path.of(file).toFile());
        } catch (IOException e) {
            throw new StorageException("the credential file '" + file + "' (" + FILE + ") cannot be read: " + e, e);
        }
        String best = "";
        boolean found = false;
        for (Map.Entry<String, JsonNode> entry : root.path(cloud).properties()) {
            String name = entry.getKey();
            if (repository.startsWith(name) && name.length() >= best.length()) {
                best = name;
                found = true;
            }
        }
        if (!found) {
            throw new StorageException("Cannot match credential for path  " + repository + ": '" + cloud + "' in '"
                    + file + "' has no entry whose name it begins with");
        }
        return root.path(cloud).path(best);
    }
}
