package dev.nereid.server.torchserve.handler;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;

/** What comes before and after a model for every request. Any thread. */
sealed interface Handler
        permits BaseHandler, ImageClassifier, ImageSegmenter, JavaHandler, ObjectDetector, TextClassifier {
    /** What a part of a request is for the handler, where no envelope says so. */
    default Row row(RequestPart part, RequestBudget.Share share) {
        return Row.of(part, share);
    }

    /**
     * Makes the model's inputs.
     *
     * @param rows the request's instances, at least one
     * @throws InferException if they are not what the handler takes
     */
    List<InputTensor> preprocess(List<Row> rows, TensorMemory memory);

    /**
     * Makes the answers, one for each instance.
     *
     * @param rows how many instances the request had
     * @throws InferException if the outputs are not what the handler takes
     */
    List<Answer> postprocess(List<OutputTensor> outputs, int rows);

    /** Refuses an output of another rank, or with another number of rows than the request has. */
    static Tensor checked(Tensor output, int rank, int rows) {
        Shape shape = output.shape();
        if (rank > 0 && shape.rank() != rank) {
            throw InferException.internal("expected a model output of " + rank + " dims, got " + shape);
        }
        if (shape.rank() == 0) {
            throw InferException.internal("Invalid model predict output");
        }
        if (shape.dim(0) != rows) {
            throw InferException.internal(
                    "number of batch response mismatched: expected " + rows + ", got " + shape.dim(0));
        }
        return output;
    }
}
