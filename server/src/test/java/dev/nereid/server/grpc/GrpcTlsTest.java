package dev.nereid.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ServerLiveRequest;
import dev.nereid.server.protocol.ApiKeys;
import dev.nereid.server.protocol.HeaderForwarding;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.tls.ClientTls;
import dev.nereid.server.tls.SelfSigned;
import dev.nereid.server.tls.ServerTls;
import dev.nereid.server.tls.TlsConfig;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The gRPC front behind TLS: who is let in, and what is said of files that are none. */
class GrpcTlsTest {
    private static final Duration SECONDS = Duration.ofSeconds(10);
    private static final String HOST = "localhost";

    @TempDir
    private Path folder;

    private static TlsConfig tls(Path certificate, Path key, Optional<Path> clientAuthority) {
        return TlsConfig.of(new ServerTls.Pem(certificate, key), clientAuthority);
    }

    /** Whether a client with these credentials is told that a server with this TLS is live. */
    private boolean reaches(TlsConfig tls, ChannelCredentials credentials) throws Exception {
        GrpcConfig config = new GrpcConfig(
                "127.0.0.1",
                0,
                "triton",
                KeepAlive.DEFAULT,
                GrpcLimits.DEFAULT,
                ApiKeys.NONE,
                HeaderForwarding.NONE,
                Optional.of(tls),
                ResponseCompression.NONE,
                false);
        SlabPool memory = new SlabPool(1 << 20);
        ModelRepository repository = IdentityModels.start(Files.createTempDirectory(folder, "models"));
        GrpcFront front = GrpcFront.start(config, repository, memory);
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", front.port(), credentials)
                .overrideAuthority(HOST)
                .build();
        try {
            return GRPCInferenceServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(SECONDS)
                    .serverLive(ServerLiveRequest.getDefaultInstance())
                    .getLive();
        } catch (StatusRuntimeException e) {
            assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            return false;
        } finally {
            channel.shutdownNow();
            front.stop(SECONDS);
            repository.close(SECONDS);
            memory.close();
        }
    }

    @Test
    void servesClientsThatTrustItsCertificateAndNobodyInTheClear() throws Exception {
        SelfSigned own = SelfSigned.make(folder, HOST);
        TlsConfig tls = tls(own.certificate(), own.key(), Optional.empty());
        ChannelCredentials trusting = TlsChannelCredentials.newBuilder()
                .trustManager(own.certificate().toFile())
                .build();
        assertThat(reaches(tls, trusting)).isTrue();
        assertThat(reaches(tls, TlsChannelCredentials.create())).isFalse();
        assertThat(reaches(tls, InsecureChannelCredentials.create())).isFalse();
    }

    @Test
    void letsInOnlyClientsOfItsAuthorityWhereThatIsAskedFor() throws Exception {
        SelfSigned own = SelfSigned.make(folder, HOST);
        SelfSigned client = SelfSigned.make(folder, "client");
        SelfSigned stranger = SelfSigned.make(folder, "stranger");
        TlsConfig tls = tls(own.certificate(), own.key(), Optional.of(client.certificate()));
        TlsChannelCredentials.Builder nameless = TlsChannelCredentials.newBuilder()
                .trustManager(own.certificate().toFile());
        assertThat(reaches(tls, nameless.build())).isFalse();
        assertThat(reaches(tls, showing(own, client))).isTrue();
        assertThat(reaches(tls, showing(own, stranger))).isFalse();
    }

    private static ChannelCredentials showing(SelfSigned server, SelfSigned client) throws Exception {
        return TlsChannelCredentials.newBuilder()
                .trustManager(server.certificate().toFile())
                .keyManager(client.certificate().toFile(), client.key().toFile())
                .build();
    }

    @Test
    void namesTheFileThatIsNoneOfWhatItShouldBe() throws Exception {
        SelfSigned own = SelfSigned.make(folder, HOST);
        Path words = Files.writeString(folder.resolve("words.pem"), "words");
        Path gone = folder.resolve("gone.pem");
        assertThatThrownBy(() -> tls(own.certificate(), words, Optional.empty()).check())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "TLS needs a private key as a PEM file, got '" + words + "': it holds no 'BEGIN PRIVATE KEY'");
        assertThatThrownBy(() -> tls(gone, own.key(), Optional.empty()).check())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("TLS needs certificates as a PEM file, got '" + gone + "': there is none");
        assertThatThrownBy(() ->
                        tls(own.certificate(), own.key(), Optional.of(gone)).check())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("TLS needs certificates as a PEM file, got '" + gone + "': there is none");
    }

    @Tag("found-9")
    @Test
    void refusesTheKeyOfAnotherCertificate() throws Exception {
        SelfSigned own = SelfSigned.make(folder, HOST);
        for (String algorithm : new String[] {"EC", "RSA"}) {
            SelfSigned other = SelfSigned.make(folder, "other" + algorithm, algorithm, 0);
            assertThatThrownBy(() -> tls(own.certificate(), other.key(), Optional.empty())
                            .check())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("TLS needs the private key of certificate '" + own.certificate() + "', got '"
                            + other.key() + "', which is the key of another one");
            tls(other.certificate(), other.key(), Optional.empty()).check();
        }
        SelfSigned one = SelfSigned.make(folder, "one", "RSA", 0);
        SelfSigned two = SelfSigned.make(folder, "two", "RSA", 0);
        assertThatThrownBy(() ->
                        tls(one.certificate(), two.key(), Optional.empty()).check())
                .hasMessageContaining("is the key of another one");
    }

    @Tag("found-9")
    @Test
    void refusesACertificateThatIsNotValidNow() throws Exception {
        for (int days : new int[] {-10, 10}) {
            SelfSigned own = SelfSigned.make(folder, "days" + days, "EC", days);
            assertThatThrownBy(() ->
                            tls(own.certificate(), own.key(), Optional.empty()).check())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("TLS needs a certificate that is valid now, got '" + own.certificate()
                            + "', which is valid from 20");
        }
    }

    @Tag("found-9")
    @Test
    void aClientsOwnKeyIsLookedAtToo() throws Exception {
        SelfSigned own = SelfSigned.make(folder, HOST);
        SelfSigned other = SelfSigned.make(folder, "other");
        ClientTls mixed = new ClientTls(
                Optional.of(new ClientTls.Identity(own.certificate(), other.key())),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        assertThatThrownBy(mixed::context).hasMessageContaining("is the key of another one");
    }
}
