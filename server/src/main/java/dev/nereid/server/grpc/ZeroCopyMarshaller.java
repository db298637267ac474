package dev.nereid.server.grpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import com.google.protobuf.UnsafeByteOperations;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.RepositoryModelLoadRequest;
import dev.nereid.server.protocol.InferException;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

/**
 * Zero-copy parsing of large messages: tensors and files are views into the message, and it is parsed only if there is
 * memory for the result.
 */
public final class ZeroCopyMarshaller<Q extends MessageLite> implements Marshaller<Q> {
    private final Marshaller<Q> writer;
    private final Form<Q> form;

    /**
     * How a message is read.
     *
     * @param prepare may change the bytes before they are read
     * @param cost what it takes of the heap beside its bytes
     */
    public record Form<Q>(Parser<Q> parser, Consumer<byte[]> prepare, ToLongFunction<byte[]> cost) {
        /** A message that is read as it comes. */
        Form(Parser<Q> parser, ToLongFunction<byte[]> cost) {
            this(parser, _ -> {}, cost);
        }
    }

    private ZeroCopyMarshaller(Marshaller<Q> writer, Form<Q> form) {
        this.writer = writer;
        this.form = form;
    }

    /** Those of KServe's service, for inference and for loading models, by the full names of the methods. */
    static Map<String, Form<?>> ofInferenceService() {
        Form<ModelInferRequest> inference = new Form<>(ModelInferRequest.parser(), MessageHeapCost::ofInference);
        return Map.of(
                GRPCInferenceServiceGrpc.getModelInferMethod().getFullMethodName(), inference,
                GRPCInferenceServiceGrpc.getModelStreamInferMethod().getFullMethodName(), inference,
                GRPCInferenceServiceGrpc.getRepositoryModelLoadMethod().getFullMethodName(),
                        new Form<>(RepositoryModelLoadRequest.parser(), MessageHeapCost::ofLoad));
    }

    /** The service, with this marshaller for the methods that have a form. */
    static ServerServiceDefinition readingInPlace(BindableService service, Map<String, Form<?>> forms) {
        return ServiceMethods.replaced(service.bindService(), method -> {
            Form<?> form = forms.get(method.getMethodDescriptor().getFullMethodName());
            return form == null ? method : withViews(method, form);
        });
    }

    @SuppressWarnings("unchecked") // a method's form is that of its messages
    private static <Q extends MessageLite, A> ServerMethodDefinition<Q, A> withViews(
            ServerMethodDefinition<?, A> method, Form<?> form) {
        ServerMethodDefinition<Q, A> read = (ServerMethodDefinition<Q, A>) method;
        MethodDescriptor<Q, A> descriptor = read.getMethodDescriptor();
        return ServerMethodDefinition.create(
                descriptor.toBuilder(
                                new ZeroCopyMarshaller<>(descriptor.getRequestMarshaller(), (Form<Q>) form),
                                descriptor.getResponseMarshaller())
                        .build(),
                read.getServerCallHandler());
    }

    @Override
    public InputStream stream(Q value) {
        return writer.stream(value);
    }

    @Override
    public Q parse(InputStream stream) {
        CallMemory memory = CallMemory.current();
        try {
            byte[] bytes = MessageBytes.of(stream).array();
            memory.arrived(bytes.length);
            form.prepare().accept(bytes);
            memory.takeForRequest(form.cost().applyAsLong(bytes));
            CodedInputStream input = UnsafeByteOperations.unsafeWrap(bytes).newCodedInput();
            input.enableAliasing(true);
            return form.parser().parseFrom(input);
        } catch (InferException e) {
            throw Status.RESOURCE_EXHAUSTED
                    .withDescription(e.text())
                    .withCause(e)
                    .asRuntimeException();
        } catch (IOException e) {
            throw Status.INTERNAL
                    .withDescription("Invalid protobuf byte sequence")
                    .withCause(e)
                    .asRuntimeException();
        }
    }
}
