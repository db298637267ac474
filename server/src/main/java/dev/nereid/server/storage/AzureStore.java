package dev.nereid.server.storage;

import com.azure.core.exception.AzureException;
import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.identity.ManagedIdentityCredentialBuilder;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobContainerClientBuilder;
import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.models.BlobListDetails;
import com.azure.storage.blob.models.ListBlobsOptions;
import com.azure.storage.common.StorageSharedKeyCredential;
import com.azure.storage.common.policy.RequestRetryOptions;
import com.azure.storage.common.policy.RetryPolicyType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;

/** A container of Azure Blob Storage, by Azure's client. */
final class AzureStore implements ObjectStore {
    /** The variable that Azure's command line reads for the address of a store other than the account's usual one. */
    private static final String ENDPOINT_VARIABLE = "AZURE_STORAGE_SERVICE_ENDPOINT";

    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    /** As often as the other clouds' clients, and not for minutes: polls and index requests wait for it. */
    private static final RequestRetryOptions RETRIES = new RequestRetryOptions(
            RetryPolicyType.EXPONENTIAL, 3, TIMEOUT, Duration.ofMillis(500), Duration.ofSeconds(4), null);

    /** Accounts with real folders list these as blobs, marked so. */
    private static final String FOLDER_MARK = "hdi_isfolder";

    private final BlobContainerClient client;

    private AzureStore(BlobContainerClient client) {
        this.client = client;
    }

    /**
     * A container, which is not asked for yet.
     *
     * @throws StorageException if the credential is of a kind that there is not, or cannot be one
     */
    static AzureStore open(RemoteUrl.OfAzure url, AzureCredential credential, Map<String, String> environment) {
        String account = credential.account().isEmpty() ? url.account() : credential.account();
        String endpoint = environment.getOrDefault(ENDPOINT_VARIABLE, "");
        BlobContainerClientBuilder builder = new BlobContainerClientBuilder()
                .httpClient(new JdkHttpClientBuilder(HttpClient.newBuilder()
                                .connectTimeout(Duration.ofSeconds(10))
                                .followRedirects(HttpClient.Redirect.NORMAL))
                        .build())
                .retryOptions(RETRIES)
                .endpoint(endpoint.isEmpty() ? "https://" + account + ".blob.core.windows.net" : endpoint)
                .containerName(url.bucket());
        try {
            authenticate(builder, account, credential);
            return new AzureStore(builder.buildClient());
        } catch (IllegalArgumentException e) {
            throw new StorageException(
                    "Unable to create Azure filesystem client. Check account credentials. " + e.getMessage(), e);
        }
    }

    private static void authenticate(BlobContainerClientBuilder builder, String account, AzureCredential credential) {
        switch (credential.kind()) {
            case "managed_identity" -> {
                ManagedIdentityCredentialBuilder identity = new ManagedIdentityCredentialBuilder();
                if (!credential.clientId().isEmpty()) {
                    identity.clientId(credential.clientId());
                }
                builder.credential(identity.build());
            }
            case "default" -> builder.credential(new DefaultAzureCredentialBuilder().build());
            case "", "key" -> {
                if (credential.key().isEmpty()) {
                    builder.setAnonymousAccess();
                } else {
                    builder.credential(new StorageSharedKeyCredential(account, credential.key()));
                }
            }
            default ->
                throw new IllegalArgumentException(
                        "expected key, managed_identity or default as the kind of authentication, got '"
                                + credential.kind() + "'");
        }
    }

    @Override
    public void check() {
        holds("");
    }

    @Override
    public List<StoredObject> list(String prefix) {
        ListBlobsOptions options =
                new ListBlobsOptions().setPrefix(prefix).setDetails(new BlobListDetails().setRetrieveMetadata(true));
        return read(
                "Failed to get contents of directory " + prefix,
                () -> client.listBlobs(options, TIMEOUT).stream()
                        .map(AzureStore::stored)
                        .toList());
    }

    private static StoredObject stored(BlobItem blob) {
        boolean folder =
                blob.getMetadata() != null && "true".equals(blob.getMetadata().get(FOLDER_MARK));
        return new StoredObject(
                folder ? blob.getName() + "/" : blob.getName(),
                Objects.requireNonNullElse(blob.getProperties().getContentLength(), 0L),
                blob.getProperties().getLastModified() == null
                        ? Instant.EPOCH
                        : blob.getProperties().getLastModified().toInstant(),
                Objects.requireNonNullElse(blob.getProperties().getETag(), ""));
    }

    @Override
    public SortedSet<String> folders(String prefix) {
        ListBlobsOptions options = new ListBlobsOptions().setPrefix(prefix);
        return read("Failed to get contents of directory " + prefix, () -> {
            NavigableSet<String> names = new TreeSet<>();
            for (BlobItem item : client.listBlobsByHierarchy("/", options, TIMEOUT)) {
                if (Boolean.TRUE.equals(item.isPrefix())) {
                    names.add(item.getName()
                            .substring(prefix.length(), item.getName().length() - 1));
                }
            }
            names.remove("");
            return names;
        });
    }

    @Override
    public boolean holds(String prefix) {
        ListBlobsOptions options = new ListBlobsOptions().setPrefix(prefix).setMaxResultsPerPage(1);
        return read(
                "Failed to check if directory at " + prefix,
                () -> client.listBlobs(options, TIMEOUT).iterator().hasNext());
    }

    @Override
    public void download(StoredObject object, Path file) throws IOException {
        try (InputStream content = client.getBlobClient(object.key()).openInputStream()) {
            Files.copy(content, file, StandardCopyOption.REPLACE_EXISTING);
        } catch (AzureException | UncheckedIOException e) {
            throw new StorageException("Failed to download file at " + object.key() + ":" + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        // The client has nothing that must be closed.
    }

    private <T> T read(String what, Supplier<T> call) {
        try {
            return call.get();
        } catch (RuntimeException e) { // time-outs and lost connections come as many kinds of it
            throw new StorageException(
                    what + " in the container '" + client.getBlobContainerName() + "' of " + client.getAccountUrl()
                            + ":" + e.getMessage(),
                    e);
        }
    }
}
