package dev.nereid.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.server.protocol.ApiKeys;
import dev.nereid.server.protocol.HeaderForwarding;
import dev.nereid.server.repository.ModelRepository;
import io.grpc.ClientInterceptor;
import io.grpc.Codec;
import io.grpc.CompressorRegistry;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests and responses in the encodings that gRPC's C core has. */
class ResponseCompressionTest {
    private static final Duration SECONDS = Duration.ofSeconds(10);
    private static final Metadata.Key<String> ENCODING = CallMetadata.ascii("grpc-encoding");
    private static final ByteString ZEROS = ByteString.copyFrom(new byte[1 << 16]);

    @TempDir
    private Path root;

    /** Sends zeros in an encoding, gets them back, and answers the encoding that they came in. */
    private Optional<String> echo(ResponseCompression level, String encoding) throws IOException {
        ModelRepository repository = IdentityModels.start(root);
        GrpcConfig config = new GrpcConfig(
                "127.0.0.1",
                0,
                "triton",
                KeepAlive.DEFAULT,
                GrpcLimits.DEFAULT,
                ApiKeys.NONE,
                HeaderForwarding.NONE,
                Optional.empty(),
                level,
                false);
        SlabPool memory = new SlabPool(1 << 20);
        GrpcFront front = GrpcFront.start(config, repository, memory);
        CompressorRegistry written = CompressorRegistry.newEmptyInstance();
        written.register(Codec.Identity.NONE);
        written.register(new Codec.Gzip());
        written.register(new Deflate());
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", front.port())
                .usePlaintext()
                .compressorRegistry(written)
                .decompressorRegistry(BoundedCoding.registry())
                .build();
        AtomicReference<Metadata> headers = new AtomicReference<>();
        ClientInterceptor capture = MetadataUtils.newCaptureMetadataInterceptor(headers, new AtomicReference<>());
        ModelInferRequest request = IdentityModels.request(IdentityModels.name("UINT8"), "UINT8", 1, ZEROS.size())
                .addRawInputContents(ZEROS)
                .build();
        try {
            assertThat(GRPCInferenceServiceGrpc.newBlockingStub(channel)
                            .withCompression(encoding)
                            .withInterceptors(capture)
                            .withDeadlineAfter(SECONDS)
                            .modelInfer(request)
                            .getRawOutputContents(0))
                    .isEqualTo(ZEROS);
            return Optional.ofNullable(headers.get().get(ENCODING));
        } finally {
            channel.shutdownNow();
            front.stop(SECONDS);
            assertThat(repository.close(SECONDS)).isTrue();
            memory.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"deflate, HIGH, deflate", "gzip, LOW, gzip", "identity, MEDIUM, deflate", "deflate, NONE, identity"})
    void readsEveryEncodingAndWritesThatOfItsLevel(String sent, ResponseCompression level, String answered)
            throws IOException {
        assertThat(echo(level, sent)).contains(answered);
    }

    @ParameterizedTest
    @CsvSource({
        "LOW, 'identity, deflate, gzip', gzip",
        "MEDIUM, 'identity, deflate, gzip', deflate",
        "HIGH, 'identity, deflate, gzip', deflate",
        "HIGH, 'identity,GZIP', gzip",
        "LOW, deflate, deflate"
    })
    void choosesAsGrpcsCCoreAmongWhatTheClientAccepts(ResponseCompression level, String accepted, String encoding) {
        assertThat(level.encoding(accepted)).contains(encoding);
    }

    @Test
    void compressesNothingForAClientThatAcceptsNothing() {
        assertThat(ResponseCompression.HIGH.encoding("identity")).isEmpty();
        assertThat(ResponseCompression.NONE.encoding("gzip")).isEmpty();
    }
}
