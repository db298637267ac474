package dev.nereid.server.storage;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Opens remote repositories with what the environment says of them. */
public final class RemoteFolders {
    private static final String DEFAULT_PARENT = "/tmp";

    private RemoteFolders() {}

    /**
     * Opens a repository. The caller closes it.
     *
     * @param text what {@link RemoteUrl#parse} reads
     * @param environment the variables of the process: credentials, addresses, and where copies go
     * @throws StorageException if it cannot be reached or read, or copies have no place
     */
    public static RemoteFolder open(String text, Map<String, String> environment) {
        RemoteUrl url = RemoteUrl.parse(text);
        ObjectStore store = switch (url) {
            case RemoteUrl.OfS3 s3 -> S3Store.open(s3, CloudCredentials.s3(text, environment));
            case RemoteUrl.OfGoogle google ->
                GoogleStore.open(google, CloudCredentials.google(text, environment), environment);
            case RemoteUrl.OfAzure azure ->
                AzureStore.open(azure, CloudCredentials.azure(text, environment), environment);
        };
        try {
            store.check();
            return new RemoteFolder(store, url.prefix(), parent(url, environment));
        } catch (RuntimeException e) {
            store.close();
            throw e;
        }
    }

    private static Path parent(RemoteUrl url, Map<String, String> environment) {
        String variable = switch (url) {
            case RemoteUrl.OfS3 _ -> "TRITON_AWS_MOUNT_DIRECTORY";
            case RemoteUrl.OfGoogle _ -> "TRITON_GCS_MOUNT_DIRECTORY";
            case RemoteUrl.OfAzure _ -> "TRITON_AZURE_MOUNT_DIRECTORY";
        };
        Path parent = Path.of(environment.getOrDefault(variable, DEFAULT_PARENT));
        if (!Files.isDirectory(parent)) {
            throw new StorageException(
                    "'" + parent + "' (" + variable + ") is not a folder: copies of models go there");
        }
        return parent;
    }
}
