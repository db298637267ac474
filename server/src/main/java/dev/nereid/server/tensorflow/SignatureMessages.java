package dev.nereid.server.tensorflow;

import dev.nereid.proto.tensorflow.SignatureDef;
import dev.nereid.proto.tensorflow.SignatureDefMap;
import dev.nereid.proto.tensorflow.TensorInfo;
import dev.nereid.proto.tensorflow.TensorShapeProto;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.validation.ModelSignature;
import dev.nereid.server.repository.validation.TensorMetadata;

/** Signatures as messages. */
public final class SignatureMessages {
    private SignatureMessages() {}

    /** All signatures of a model, by their names. */
    public static SignatureDefMap of(Model model) {
        SignatureDefMap.Builder signatures = SignatureDefMap.newBuilder();
        for (ModelSignature signature : model.signatures()) {
            SignatureDef.Builder message = SignatureDef.newBuilder().setMethodName(signature.method());
            signature.inputs().forEach(input -> message.putInputs(input.name(), info(input)));
            signature.outputs().forEach(output -> message.putOutputs(output.name(), info(output)));
            signatures.putSignatureDef(signature.name(), message.build());
        }
        return signatures.build();
    }

    private static TensorInfo info(TensorMetadata tensor) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        tensor.shape().forEach(dim -> shape.addDimBuilder().setSize(dim));
        return TensorInfo.newBuilder()
                .setName(tensorName(tensor))
                .setDtype(TensorflowTypes.wire(tensor.dataType()))
                .setTensorShape(shape)
                .build();
    }

    /** What TensorFlow would call the tensor in a graph: the first output of a node of that name. */
    public static String tensorName(TensorMetadata tensor) {
        return tensor.name() + ":0";
    }
}
