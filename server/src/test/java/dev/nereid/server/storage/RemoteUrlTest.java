package dev.nereid.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RemoteUrlTest {
    @ParameterizedTest
    @CsvSource({
        "s3://bucket, '', bucket, ''",
        "s3://bucket/, '', bucket, ''",
        "s3://bucket///models//, '', bucket, models/",
        "s3://bucket/a/b, '', bucket, a/b/",
        "s3://localhost:9000/bucket, http://localhost:9000, bucket, ''",
        "s3://localhost:9000//bucket/a/, http://localhost:9000, bucket, a/",
        "s3://http://10.0.0.1:9000/bucket/a, http://10.0.0.1:9000, bucket, a/",
        "s3://https://minio.shop:443/bucket/a/b, https://minio.shop:443, bucket, a/b/",
        "s3://https://minio.shop/bucket/a, https://minio.shop, bucket, a/",
    })
    void readsBucketsOfAmazonAndOfOthers(String text, String endpoint, String bucket, String prefix) {
        assertThat(RemoteUrl.parse(text))
                .isEqualTo(new RemoteUrl.OfS3(Optional.of(endpoint).filter(found -> !found.isEmpty()), bucket, prefix));
    }

    @Test
    void readsBucketsOfGoogleAndContainersOfAzure() {
        assertThat(RemoteUrl.parse("gs://bucket/a//b/")).isEqualTo(new RemoteUrl.OfGoogle("bucket", "a/b/"));
        assertThat(RemoteUrl.parse("gs://bucket")).isEqualTo(new RemoteUrl.OfGoogle("bucket", ""));
        assertThat(RemoteUrl.parse("as://shop/models/a")).isEqualTo(new RemoteUrl.OfAzure("shop", "models", "a/"));
        assertThat(RemoteUrl.parse("as://shop.blob.core.windows.net/models"))
                .isEqualTo(new RemoteUrl.OfAzure("shop", "models", ""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"s3://", "s3:///", "s3://host:9000", "s3://https://host/", "gs://", "as://", "as://account/"})
    void saysWhatIsMissing(String text) {
        assertThatThrownBy(() -> RemoteUrl.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("expected " + text.substring(0, 5) + "<")
                .hasMessageEndingWith(", got '" + text + "'");
    }

    @Test
    void foldersOfThisMachineAreNotRemote() {
        assertThat(RemoteUrl.isRemote("/models")).isFalse();
        assertThat(RemoteUrl.isRemote("s3/models")).isFalse();
        assertThat(RemoteUrl.isRemote("s3://models")).isTrue();
    }
}
