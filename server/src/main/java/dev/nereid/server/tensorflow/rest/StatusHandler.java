package dev.nereid.server.tensorflow.rest;

import dev.nereid.proto.tensorflow.ModelVersionStatus;
import dev.nereid.server.http.ContentType;
import dev.nereid.server.http.Exchange;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.json.JsonWriter;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.validation.ModelSignature;
import dev.nereid.server.repository.validation.TensorMetadata;
import dev.nereid.server.tensorflow.ServableSpec;
import dev.nereid.server.tensorflow.Servables;
import dev.nereid.server.tensorflow.SignatureMessages;
import dev.nereid.server.tensorflow.TensorflowTypes;
import java.util.List;

/**
 * Says which versions of a model there are, and how a model is called. Answers are written as protobuf's JSON is: numbers of
 * 64 bits are strings, every field is there. Sources: get_model_status_impl.cc, get_model_metadata_impl.cc.
 */
final class StatusHandler {
    private final Servables servables;

    StatusHandler(Servables servables) {
        this.servables = servables;
    }

    /**
     * Answers with the states of a model's versions.
     *
     * @throws InferException if there are none
     */
    void status(Exchange exchange, ServableSpec spec) {
        JsonWriter json =
                new JsonWriter().beginObject().name("model_version_status").beginArray();
        for (ModelVersionStatus status : servables.probedStatus(spec)) {
            json.beginObject().name("version").value(Long.toString(status.getVersion()));
            json.name("state").value(status.getState().name());
            json.name("status").beginObject();
            json.name("error_code").value(status.getStatus().getErrorCode().name());
            json.name("error_message").value(status.getStatus().getErrorMessage());
            json.endObject().endObject();
        }
        exchange.respond(json.endArray().endObject());
    }

    /**
     * Answers with the signatures of a model.
     *
     * @throws InferException if there is no such model
     */
    void metadata(Exchange exchange, ServableSpec spec) {
        Model model = servables.find(spec);
        JsonWriter json = new JsonWriter().beginObject().name("model_spec").beginObject();
        json.name("name").value(model.name());
        json.name("signature_name").value("");
        json.name("version").value(Long.toString(model.version())).endObject();
        json.name("metadata").beginObject().name("signature_def").beginObject();
        json.name("signature_def").beginObject();
        for (ModelSignature signature : model.signatures()) {
            json.name(signature.name()).beginObject();
            tensors(json.name("inputs"), signature.inputs());
            tensors(json.name("outputs"), signature.outputs());
            json.name("method_name").value(signature.method());
            json.name("defaults").beginObject().endObject();
            json.endObject();
        }
        json.endObject().endObject().endObject().endObject();
        exchange.respond(200, ContentType.JSON, json.toBytes());
    }

    private static void tensors(JsonWriter json, List<TensorMetadata> tensors) {
        json.beginObject();
        for (TensorMetadata tensor : tensors) {
            json.name(tensor.name()).beginObject();
            json.name("dtype").value(TensorflowTypes.wire(tensor.dataType()).name());
            json.name("tensor_shape").beginObject().name("dim").beginArray();
            for (long dim : tensor.shape()) {
                json.beginObject().name("size").value(Long.toString(dim));
                json.name("name").value("").endObject();
            }
            json.endArray().name("unknown_rank").value(false).endObject();
            json.name("name").value(SignatureMessages.tensorName(tensor)).endObject();
        }
        json.endObject();
    }
}
