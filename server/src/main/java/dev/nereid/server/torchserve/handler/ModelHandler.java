package dev.nereid.server.torchserve.handler;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.protocol.Closing;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.RequestBudget;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The handler and envelope of one model. The front gives it the parts of a request and gets tensors for the engine's model;
 * it gives it the model's outputs and gets the bytes of the answer. Any thread.
 */
public final class ModelHandler {
    /** The handler of a model that is code in a jar: it takes bytes and gives bytes. */
    public static final String JAVA = "java";

    /** What such a model's input is called: the bytes of each instance. */
    public static final String JAVA_INPUT = "data";

    /** Inputs with the names and the bytes of all parts of the request, where there is no envelope. */
    public static final String JAVA_PART_NAMES = "part_names";

    public static final String JAVA_PARTS = "parts";

    /** What such a model's output is called: the bytes of each answer. */
    public static final String JAVA_OUTPUT = "answer";

    private static final Map<String, Function<Setup, Handler>> HANDLERS = new TreeMap<>(Map.of(
            "base_handler", BaseHandler::of,
            "image_classifier", ImageClassifier::of,
            "image_segmenter", ImageSegmenter::of,
            "object_detector", ObjectDetector::of,
            "text_classifier", TextClassifier::of));

    /**
     * What a handler is made of.
     *
     * @param handler its name
     * @param envelope name of the service envelope; empty for none
     * @param folder of the unpacked archive, where names of classes and vocabularies are; not needed later
     * @param vocabulary the archive's file of words, where it names one
     * @param modelName as the archive has it
     * @param inputs of the engine's model, in their order
     * @param outputs of the engine's model, in their order: where a handler takes one, it is the first
     */
    public record Setup(
            String handler,
            String envelope,
            Path folder,
            Optional<String> vocabulary,
            String modelName,
            String modelVersion,
            List<ModelTensor> inputs,
            List<ModelTensor> outputs) {
        public Setup {
            Objects.requireNonNull(handler, "handler");
            Objects.requireNonNull(envelope, "envelope");
            Objects.requireNonNull(folder, "folder");
            Objects.requireNonNull(vocabulary, "vocabulary");
            Objects.requireNonNull(modelName, "modelName");
            Objects.requireNonNull(modelVersion, "modelVersion");
            inputs = List.copyOf(inputs);
            outputs = List.copyOf(outputs);
        }
    }

    /**
     * A request's inputs. Owns their memory until it is closed or handed on to an {@link
     * dev.nereid.server.protocol.InferRequest}.
     *
     * @param rows how many instances the request has
     * @param id the client's, of envelope kservev2; empty where it gave none
     */
    public record Prepared(
            List<InputTensor> inputs, List<? extends AutoCloseable> memory, int rows, Optional<String> id)
            implements AutoCloseable {
        public Prepared {
            inputs = List.copyOf(inputs);
            memory = List.copyOf(memory);
            Objects.requireNonNull(id, "id");
        }

        @Override
        public void close() {
            Closing.all(memory);
        }
    }

    private final Setup setup;
    private final Envelope envelope;
    private final Handler handler;

    private ModelHandler(Setup setup, Envelope envelope, Handler handler) {
        this.setup = setup;
        this.envelope = envelope;
        this.handler = handler;
    }

    /**
     * Makes the handler of a model.
     *
     * @throws InferException if there is none of that name, its files cannot be read, or the model does not suit it
     */
    public static ModelHandler of(Setup setup) {
        Function<Setup, Handler> factory =
                setup.handler().equals(JAVA) ? JavaHandler::of : HANDLERS.get(setup.handler());
        if (factory == null) {
            throw InferException.invalid(
                    "handler '" + setup.handler() + "': expected one of " + String.join(", ", names()));
        }
        return new ModelHandler(setup, Envelope.of(setup.envelope()), factory.apply(setup));
    }

    /** Whether requests are numbers that are taken as they are: no images, no texts, no code of users. */
    public boolean isLittleWork() {
        return handler instanceof BaseHandler;
    }

    /** The names of TorchServe's handlers that there are, sorted. */
    public static List<String> names() {
        return List.copyOf(HANDLERS.keySet());
    }

    /**
     * Makes tensors of a request. The caller closes the result, or hands its memory on.
     *
     * @param parts by their names; a body as a whole is the part {@code body}
     * @param memory where tensors come from
     * @param share what the request holds of the heap
     * @throws InferException with what is wrong with the request
     * @throws dev.nereid.memory.NoMemoryException if there is no memory for the tensors
     */
    public Prepared preprocess(Map<String, RequestPart> parts, SlabPool memory, RequestBudget.Share share) {
        boolean whole = handler instanceof JavaHandler && envelope.isPlain();
        Envelope.Request request = whole && JavaHandler.lacksData(parts)
                ? new Envelope.Request(List.of(new Row.Bytes(new byte[0])), Optional.empty())
                : envelope.open(parts, handler, share);
        TensorMemory tensors = new TensorMemory(memory, share);
        try {
            List<InputTensor> inputs = handler.preprocess(request.rows(), tensors);
            if (whole) {
                inputs = JavaHandler.withParts(inputs, parts);
            }
            return new Prepared(inputs, tensors.slabs(), request.rows().size(), request.id());
        } catch (RuntimeException | Error e) {
            tensors.giveBack();
            throw e;
        }
    }

    /**
     * Makes the body of the answer.
     *
     * @param prepared what {@link #preprocess} made; it may be closed
     * @param outputs all of the model's, in its order
     * @param requestId for envelope kservev2, where the client gave none
     * @param share what the request holds of the heap
     * @throws InferException if the outputs are not what the handler takes
     */
    public byte[] postprocess(
            Prepared prepared, List<OutputTensor> outputs, String requestId, RequestBudget.Share share) {
        List<Answer> answers = handler.postprocess(inOrder(outputs), prepared.rows());
        return envelope.answer(answers, setup, prepared.id().orElse(requestId), share);
    }

    /** The outputs in the model's order. */
    private List<OutputTensor> inOrder(List<OutputTensor> outputs) {
        List<OutputTensor> ordered = new ArrayList<>(outputs.size());
        for (ModelTensor declared : setup.outputs()) {
            for (OutputTensor output : outputs) {
                if (output.name().equals(declared.name())) {
                    ordered.add(output);
                }
            }
        }
        if (ordered.isEmpty()) {
            throw InferException.internal("the model gave no output");
        }
        return ordered;
    }

    /** Inputs or outputs for messages. */
    static String text(List<ModelTensor> tensors) {
        return tensors.stream()
                .map(tensor ->
                        "'" + tensor.name() + "' of " + tensor.dataType().protocolName() + " and " + tensor.dims())
                .collect(Collectors.joining(", ", "[", "]"));
    }
}
