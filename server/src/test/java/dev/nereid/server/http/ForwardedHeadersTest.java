package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.backend.builtin.IdentityBackend;
import dev.nereid.server.protocol.HeaderForwarding;
import dev.nereid.server.protocol.Parameter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForwardedHeadersTest {
    private static final String INPUTS =
            "\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[1,1],\"data\":[7]}]";

    @TempDir
    private Path root;

    private final List<Map<String, Parameter>> seen = Collections.synchronizedList(new ArrayList<>());

    /** The identity backend, which notes the parameters of its requests. */
    private final class Noting implements Backend {
        private final IdentityBackend identity = new IdentityBackend();

        @Override
        public String name() {
            return identity.name();
        }

        @Override
        public ModelConfig complete(ModelConfig config, Path versionFolder, int defaultMaxBatchSize) {
            return config;
        }

        @Override
        public BackendModel load(ModelConfig config, Path versionFolder) {
            BackendModel model = identity.load(config, versionFolder);
            return new BackendModel() {
                @Override
                public ModelInstance newInstance(String instanceName) {
                    ModelInstance instance = model.newInstance(instanceName);
                    return new ModelInstance() {
                        @Override
                        public void execute(Batch batch) {
                            batch.executions()
                                    .forEach(execution -> seen.add(
                                            execution.request().header().parameters()));
                            instance.execute(batch);
                        }

                        @Override
                        public void close() {
                            instance.close();
                        }
                    };
                }

                @Override
                public long memoryBytes() {
                    return 0;
                }

                @Override
                public void close() {
                    model.close();
                }
            };
        }
    }

    @Test
    void headersThatFitThePatternAreParametersOfTheRequest() {
        TestServer.writeIdentity(root, "m", "FP32");
        HttpConfig config = HttpConfig.of("127.0.0.1", 0, "triton").withForwarding(HeaderForwarding.of("my-.*"));
        try (TestServer server = TestServer.start(root, config, List.of(new Noting()));
                RawClient client = server.connect()) {
            client.send(
                            "POST",
                            "/v2/models/m/infer",
                            ("{\"parameters\":{\"own\":1}," + INPUTS + "}").getBytes(StandardCharsets.UTF_8),
                            "My-Key: 1",
                            "Other: 2")
                    .receive();
            client.send("POST", "/v2/models/m/generate", "{\"INPUT0\":1}".getBytes(StandardCharsets.UTF_8), "My-Key: 1")
                    .receive();
        }
        assertThat(seen)
                .containsExactly(Map.of("own", new Parameter.Int(1), "My-Key", new Parameter.Text("1")), Map.of());
    }
}
