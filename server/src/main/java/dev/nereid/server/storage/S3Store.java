package dev.nereid.server.storage;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProviderChain;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;

/** A bucket of Amazon S3 or of a store that speaks its protocol, by the AWS SDK. */
final class S3Store implements ObjectStore {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(60);

    private final S3Client client;
    private final String bucket;

    private S3Store(S3Client client, String bucket) {
        this.client = client;
        this.bucket = bucket;
    }

    /** A bucket, which is not asked for yet. */
    static S3Store open(RemoteUrl.OfS3 url, S3Credential credential) {
        S3ClientBuilder builder = S3Client.builder()
                .httpClientBuilder(UrlConnectionHttpClient.builder()
                        .connectionTimeout(CONNECT_TIMEOUT)
                        .socketTimeout(READ_TIMEOUT))
                // As Triton does: a bucket's name in the host's has to be resolved, and stores of one's own seldom do
                // that.
                .forcePathStyle(true)
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .credentialsProvider(credentials(credential))
                .region(region(credential));
        if (url.endpoint().isPresent()) {
            builder.endpointOverride(URI.create(url.endpoint().get()));
        } else {
            builder.crossRegionAccessEnabled(true);
        }
        return new S3Store(builder.build(), url.bucket());
    }

    @Override
    public void check() {
        try {
            client.headBucket(request -> request.bucket(bucket));
        } catch (AwsServiceException e) {
            // What is asked for heads alone is answered with a status and nothing else.
            throw unusable(name(e), "No response body.", " (status " + e.statusCode() + ")", e);
        } catch (SdkException e) {
            throw unusable(name(e), text(e), "", e);
        }
    }

    private static StorageException unusable(String exception, String message, String more, SdkException cause) {
        return new StorageException(
                "Unable to create S3 filesystem client. Check account credentials. Exception: '" + exception
                        + "' Message: '" + message + "'" + more,
                cause);
    }

    @Override
    public List<StoredObject> list(String prefix) {
        return read(
                prefix,
                () ->
                        client
                                .listObjectsV2Paginator(
                                        request -> request.bucket(bucket).prefix(prefix))
                                .contents()
                                .stream()
                                .map(object -> new StoredObject(
                                        object.key(),
                                        object.size(),
                                        Optional.ofNullable(object.lastModified())
                                                .orElse(Instant.EPOCH),
                                        Objects.requireNonNullElse(object.eTag(), "")))
                                .toList());
    }

    @Override
    public SortedSet<String> folders(String prefix) {
        return read(prefix, () -> {
            NavigableSet<String> names = new TreeSet<>();
            client
                    .listObjectsV2Paginator(
                            request -> request.bucket(bucket).prefix(prefix).delimiter("/"))
                    .commonPrefixes()
                    .stream()
                    .map(folder -> folder.prefix().substring(prefix.length()))
                    .map(name -> name.substring(0, name.length() - 1))
                    .filter(name -> !name.isEmpty())
                    .forEach(names::add);
            return names;
        });
    }

    @Override
    public boolean holds(String prefix) {
        ListObjectsV2Request request = ListObjectsV2Request.builder()
                .bucket(bucket)
                .prefix(prefix)
                .maxKeys(1)
                .build();
        return read(prefix, () -> client.listObjectsV2(request).hasContents());
    }

    @Override
    public void download(StoredObject object, Path file) throws IOException {
        GetObjectRequest request =
                GetObjectRequest.builder().bucket(bucket).key(object.key()).build();
        try (InputStream content = client.getObject(request)) {
            Files.copy(content, file, StandardCopyOption.REPLACE_EXISTING);
        } catch (SdkException e) {
            throw new StorageException(
                    "Failed to get object at s3://" + bucket + "/" + object.key() + " due to exception: " + name(e)
                            + ", error message: " + text(e),
                    e);
        }
    }

    @Override
    public void close() {
        client.close();
    }

    private <T> T read(String prefix, Supplier<T> call) {
        try {
            return call.get();
        } catch (SdkException e) {
            throw new StorageException(
                    "Could not list contents of directory at s3://" + bucket + "/" + prefix + " due to exception: "
                            + name(e) + ", error message: " + text(e),
                    e);
        }
    }

    /** Keys before a profile before whatever the machine offers; without any of them the bucket may be a public one. */
    private static AwsCredentialsProvider credentials(S3Credential credential) {
        if (!credential.keyId().isEmpty() && !credential.secretKey().isEmpty()) {
            return StaticCredentialsProvider.create(
                    credential.sessionToken().isEmpty()
                            ? AwsBasicCredentials.create(credential.keyId(), credential.secretKey())
                            : AwsSessionCredentials.create(
                                    credential.keyId(), credential.secretKey(), credential.sessionToken()));
        }
        if (!credential.profile().isEmpty()) {
            return ProfileCredentialsProvider.create(credential.profile());
        }
        return AwsCredentialsProviderChain.of(
                DefaultCredentialsProvider.builder().build(), AnonymousCredentialsProvider.create());
    }

    private static Region region(S3Credential credential) {
        if (!credential.region().isEmpty()) {
            return Region.of(credential.region());
        }
        try {
            DefaultAwsRegionProviderChain.Builder chain = DefaultAwsRegionProviderChain.builder();
            if (!credential.profile().isEmpty()) {
                chain.profileName(credential.profile());
            }
            return chain.build().getRegion();
        } catch (SdkClientException _) {
            return Region.US_EAST_1;
        }
    }

    private static String name(SdkException e) {
        return e instanceof AwsServiceException service
                ? Optional.ofNullable(service.awsErrorDetails())
                        .map(AwsErrorDetails::errorCode)
                        .orElse("")
                : e.getClass().getSimpleName();
    }

    private static String text(SdkException e) {
        return Objects.requireNonNullElse(e.getMessage(), "");
    }
}
