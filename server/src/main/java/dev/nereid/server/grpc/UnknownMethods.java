package dev.nereid.server.grpc;

import com.google.protobuf.Empty;
import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import org.jspecify.annotations.Nullable;

/** Answers calls of methods that there are not with UNIMPLEMENTED and nothing else, as Triton does. */
final class UnknownMethods extends HandlerRegistry {
    /** No message is read or written. */
    private static final MethodDescriptor.Marshaller<Empty> NONE = ProtoUtils.marshaller(Empty.getDefaultInstance());

    @Override
    public ServerMethodDefinition<?, ?> lookupMethod(String methodName, @Nullable String authority) {
        MethodDescriptor<Empty, Empty> method = MethodDescriptor.newBuilder(NONE, NONE)
                .setType(MethodDescriptor.MethodType.UNKNOWN)
                .setFullMethodName(methodName)
                .build();
        return ServerMethodDefinition.create(method, UnknownMethods::refuse);
    }

    private static ServerCall.Listener<Empty> refuse(ServerCall<Empty, Empty> call, Metadata headers) {
        call.close(Status.UNIMPLEMENTED, new Metadata());
        return new ServerCall.Listener<>() {};
    }
}
