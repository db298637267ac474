package dev.nereid.server.grpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnsafeByteOperations;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ModelInferRequest;
import io.grpc.BindableService;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** Reads inference requests so that raw tensor contents are views into the message, not copies of it. */
final class ViewMarshaller implements Marshaller<ModelInferRequest> {
    private final Marshaller<ModelInferRequest> writer;

    private ViewMarshaller(Marshaller<ModelInferRequest> writer) {
        this.writer = writer;
    }

    /** The service, with this marshaller for both inference calls. */
    static ServerServiceDefinition readingTensorsInPlace(BindableService service) {
        return ServiceMethods.replaced(service.bindService(), method -> {
            String name = method.getMethodDescriptor().getFullMethodName();
            boolean infers =
                    name.equals(GRPCInferenceServiceGrpc.getModelInferMethod().getFullMethodName())
                            || name.equals(GRPCInferenceServiceGrpc.getModelStreamInferMethod()
                                    .getFullMethodName());
            return infers ? withViews(method) : method;
        });
    }

    @SuppressWarnings("unchecked")
    private static <A> ServerMethodDefinition<ModelInferRequest, A> withViews(ServerMethodDefinition<?, A> method) {
        ServerMethodDefinition<ModelInferRequest, A> infer = (ServerMethodDefinition<ModelInferRequest, A>) method;
        MethodDescriptor<ModelInferRequest, A> descriptor = infer.getMethodDescriptor();
        return ServerMethodDefinition.create(
                descriptor.toBuilder(
                                new ViewMarshaller(descriptor.getRequestMarshaller()),
                                descriptor.getResponseMarshaller())
                        .build(),
                infer.getServerCallHandler());
    }

    @Override
    public InputStream stream(ModelInferRequest value) {
        return writer.stream(value);
    }

    @Override
    public ModelInferRequest parse(InputStream stream) {
        try {
            CodedInputStream input =
                    UnsafeByteOperations.unsafeWrap(bytes(stream)).newCodedInput();
            input.enableAliasing(true);
            return ModelInferRequest.parseFrom(input);
        } catch (IOException e) {
            throw Status.INTERNAL
                    .withDescription("Invalid protobuf byte sequence")
                    .withCause(e)
                    .asRuntimeException();
        }
    }

    /** The message's bytes, read once into an array of their number, which a message of grpc-java says. */
    private static byte[] bytes(InputStream stream) throws IOException {
        if (!(stream instanceof KnownLength)) {
            return stream.readAllBytes();
        }
        byte[] bytes = new byte[stream.available()];
        if (stream.readNBytes(bytes, 0, bytes.length) < bytes.length) {
            throw new EOFException("the message ends early");
        }
        return bytes;
    }
}
