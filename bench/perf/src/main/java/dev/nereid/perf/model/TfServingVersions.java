package dev.nereid.perf.model;

import com.google.protobuf.Int64Value;
import dev.nereid.proto.tensorflow.ModelSpec;

/** How TensorFlow Serving is told of a model over gRPC. */
public final class TfServingVersions {
    private TfServingVersions() {}

    /**
     * A model, and a version of it: a number as such, and anything else as a label that the server's configuration gives.
     *
     * @param version empty for the latest
     */
    public static ModelSpec.Builder spec(String model, String version) {
        ModelSpec.Builder spec = ModelSpec.newBuilder().setName(model);
        if (version.isEmpty()) {
            return spec;
        }
        try {
            return spec.setVersion(Int64Value.of(Long.parseLong(version)));
        } catch (NumberFormatException _) {
            return spec.setVersionLabel(version);
        }
    }
}
