package dev.nereid.server.grpc;

import dev.nereid.proto.inference.ModelMetadataRequest;
import dev.nereid.proto.inference.ModelMetadataResponse;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.validation.TensorMetadata;
import java.util.List;

/** A model's metadata as a message. */
final class ModelMessages {
    private ModelMessages() {}

    static ModelMetadataResponse metadata(ModelRepository repository, ModelMetadataRequest request) {
        Model model = repository.find(request.getName(), request.getVersion());
        ModelMetadataResponse.Builder response =
                ModelMetadataResponse.newBuilder().setName(model.name()).setPlatform(model.platform());
        List<Model> versions =
                request.getVersion().isEmpty() ? repository.readyVersions(request.getName()) : List.of(model);
        versions.forEach(version -> response.addVersions(Long.toString(version.version())));
        model.inputs().forEach(input -> response.addInputs(tensor(input)));
        model.outputs().forEach(output -> response.addOutputs(tensor(output)));
        return response.build();
    }

    private static ModelMetadataResponse.TensorMetadata tensor(TensorMetadata tensor) {
        return ModelMetadataResponse.TensorMetadata.newBuilder()
                .setName(tensor.name())
                .setDatatype(tensor.dataType().protocolName())
                .addAllShape(tensor.shape())
                .build();
    }
}
