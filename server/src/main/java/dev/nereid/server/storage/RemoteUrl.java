package dev.nereid.server.storage;

import java.util.Optional;

/** Where a remote repository lies, as {@code --model-repository} names it. */
public sealed interface RemoteUrl {
    /** What a text begins with that names a remote repository and no folder of this machine. */
    String S3 = "s3://";

    String GOOGLE = "gs://";
    String AZURE = "as://";

    /** The bucket or container. */
    String bucket();

    /** What every key of the repository begins with: empty, or a folder's name and a slash. */
    String prefix();

    /**
     * A folder of a bucket of S3, or of what speaks its protocol.
     *
     * @param endpoint where the store is, as {@code http://host:port}; empty for Amazon's own
     */
    record OfS3(Optional<String> endpoint, String bucket, String prefix) implements RemoteUrl {}

    /** A folder of a bucket of Google Cloud Storage. */
    record OfGoogle(String bucket, String prefix) implements RemoteUrl {}

    /**
     * A folder of a container of Azure Blob Storage.
     *
     * @param account the storage account, without {@code .blob.core.windows.net}
     */
    record OfAzure(String account, String bucket, String prefix) implements RemoteUrl {}

    /** Whether a text names a remote repository. */
    static boolean isRemote(String text) {
        return text.startsWith(S3) || text.startsWith(GOOGLE) || text.startsWith(AZURE);
    }

    /**
     * Reads {@code s3://bucket/path}, {@code s3://host:port/bucket/path}, {@code s3://https://host:port/bucket/path},
     * {@code gs://bucket/path} or {@code as://account/container/path}. Slashes that are doubled or at the end do not count.
     *
     * @throws IllegalArgumentException with one sentence if it is none of these
     */
    static RemoteUrl parse(String text) {
        if (text.startsWith(S3)) {
            return RemoteUrls.s3(text);
        }
        String path = text.substring(GOOGLE.length());
        if (text.startsWith(GOOGLE)) {
            return new OfGoogle(RemoteUrls.first(path, text, "gs://<bucket>/<path>"), RemoteUrls.rest(path, 1));
        }
        if (text.startsWith(AZURE)) {
            String account = RemoteUrls.first(path, text, RemoteUrls.AZURE_FORM);
            String container = RemoteUrls.first(RemoteUrls.rest(path, 1), text, RemoteUrls.AZURE_FORM);
            return new OfAzure(RemoteUrls.withoutDomain(account), container, RemoteUrls.rest(path, 2));
        }
        throw new IllegalArgumentException("expected s3://, gs:// or as://, got '" + text + "'");
    }
}
