package dev.nereid.server.tensorflow.grpc;

import com.google.protobuf.Int64Value;
import dev.nereid.proto.tensorflow.ModelSpec;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.validation.ModelSignature;
import dev.nereid.server.tensorflow.ServableSpec;
import java.util.Optional;
import java.util.OptionalLong;

/** Which model a message means, and which one has answered. */
final class ModelSpecs {
    private ModelSpecs() {}

    /**
     * The model that a message means.
     *
     * @param given whether the message has a spec at all
     * @throws InferException if it names none
     */
    static ServableSpec read(boolean given, ModelSpec spec) {
        if (!given) {
            throw InferException.invalid("Missing ModelSpec");
        }
        if (spec.getName().isEmpty()) {
            throw InferException.invalid("ModelSpec has no name specified.");
        }
        return new ServableSpec(
                spec.getName(),
                spec.hasVersion() ? OptionalLong.of(spec.getVersion().getValue()) : OptionalLong.empty(),
                spec.hasVersionLabel() ? Optional.of(spec.getVersionLabel()) : Optional.empty());
    }

    /**
     * The model that has answered, with its version: not the one that was asked where its traffic has a fallback.
     *
     * @param signatureName what the request named; empty for the default one
     */
    static ModelSpec of(InferResponse response, String signatureName) {
        return of(response.modelName(), Long.parseLong(response.modelVersion()), signatureName);
    }

    /**
     * A model with its version.
     *
     * @param signatureName what the request named; empty for the default one
     */
    static ModelSpec of(Model model, String signatureName) {
        return of(model.name(), model.version(), signatureName);
    }

    private static ModelSpec of(String name, long version, String signatureName) {
        return ModelSpec.newBuilder()
                .setName(name)
                .setVersion(Int64Value.of(version))
                .setSignatureName(signatureName.isEmpty() ? ModelSignature.DEFAULT : signatureName)
                .build();
    }
}
