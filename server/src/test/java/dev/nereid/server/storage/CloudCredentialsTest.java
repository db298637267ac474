package dev.nereid.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CloudCredentialsTest {
    @TempDir
    Path folder;

    private Map<String, String> file(String json) throws IOException {
        Path file = folder.resolve("credentials.json");
        Files.writeString(file, json);
        return Map.of(
                "TRITON_CLOUD_CREDENTIAL_PATH", file.toString(),
                "AWS_ACCESS_KEY_ID", "of the environment",
                "GOOGLE_APPLICATION_CREDENTIALS", "of the environment");
    }

    @Test
    void theVariablesOfEachCloudCountWithoutAFile() {
        Map<String, String> environment = Map.of(
                "AWS_ACCESS_KEY_ID", "id",
                "AWS_SECRET_ACCESS_KEY", "secret",
                "AWS_DEFAULT_REGION", "eu-west-1",
                "AWS_SESSION_TOKEN", "token",
                "AWS_PROFILE", "models",
                "GOOGLE_APPLICATION_CREDENTIALS", "/key.json",
                "AZURE_STORAGE_ACCOUNT", "shop",
                "AZURE_STORAGE_KEY", "key",
                "AZURE_STORAGE_AUTH_TYPE", "managed_identity",
                "AZURE_STORAGE_CLIENT_ID", "7");
        assertThat(CloudCredentials.s3("s3://b", environment))
                .isEqualTo(new S3Credential("id", "secret", "eu-west-1", "token", "models"));
        assertThat(CloudCredentials.google("gs://b", environment)).isEqualTo("/key.json");
        assertThat(CloudCredentials.azure("as://a/b", environment))
                .isEqualTo(new AzureCredential("shop", "key", "managed_identity", "7"));
    }

    @Test
    void theEntryWithTheLongestNameCountsInAFile() throws IOException {
        Map<String, String> environment = file("""
                {"s3": {"": {"key_id": "any"},
                        "s3://models": {"key_id": "models"},
                        "s3://models/secret": {"key_id": "inner", "secret_key": "s", "region": "r"}},
                 "gs": {"": "/any.json", "gs://models": "/models.json"},
                 "as": {"as://shop": {"account_str": "shop", "account_key": "k"}}}""");
        assertThat(CloudCredentials.s3("s3://models/secret/x", environment))
                .isEqualTo(new S3Credential("inner", "s", "r", "", ""));
        assertThat(CloudCredentials.s3("s3://models/open", environment).keyId()).isEqualTo("models");
        assertThat(CloudCredentials.s3("s3://other", environment).keyId()).isEqualTo("any");
        assertThat(CloudCredentials.google("gs://models/a", environment)).isEqualTo("/models.json");
        assertThat(CloudCredentials.google("gs://others", environment)).isEqualTo("/any.json");
        assertThat(CloudCredentials.azure("as://shop/models", environment))
                .isEqualTo(new AzureCredential("shop", "k", "", ""));
    }

    @Test
    void aFileThatCannotBeReadOrHasNoEntryIsNamed() throws IOException {
        Map<String, String> none = file("{\"as\": {\"as://shop\": {}}}");
        assertThatThrownBy(() -> CloudCredentials.azure("as://other/models", none))
                .isInstanceOf(StorageException.class)
                .hasMessageStartingWith("Cannot match credential for path  as://other/models")
                .hasMessageContaining("credentials.json");
        Map<String, String> broken = file("{");
        assertThatThrownBy(() -> CloudCredentials.s3("s3://models", broken))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("credentials.json' (TRITON_CLOUD_CREDENTIAL_PATH) cannot be read");
    }

    @Test
    void secretsAreNotPrinted() {
        assertThat(new S3Credential("id", "hidden", "", "hidden", "").toString())
                .doesNotContain("hidden");
        assertThat(new AzureCredential("shop", "hidden", "", "").toString()).doesNotContain("hidden");
    }
}
