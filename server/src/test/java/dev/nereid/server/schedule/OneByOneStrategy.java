package dev.nereid.server.schedule;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.protocol.InferRequest;

/** A batch strategy as a user would bring it: every request alone. Found by the service loader. */
public final class OneByOneStrategy implements BatchStrategy {
    @Override
    public String name() {
        return "one-by-one";
    }

    @Override
    public Opened open(ModelConfig config) {
        return new Opened() {
            @Override
            public Forming begin() {
                return new Forming() {
                    @Override
                    public boolean include(InferRequest request) {
                        return false;
                    }

                    @Override
                    public void close() {}
                };
            }

            @Override
            public void close() {}
        };
    }
}
