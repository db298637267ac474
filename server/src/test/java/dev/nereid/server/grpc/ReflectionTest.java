package dev.nereid.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What tools such as grpcurl ask a server that they have no description of. */
class ReflectionTest extends RunningFrontTest {
    private <A> A first(Function<StreamObserver<A>, Runnable> call) {
        FirstAnswer<A> answer = new FirstAnswer<>();
        call.apply(answer).run();
        return answer.join();
    }

    private ServerReflectionResponse ask(ServerReflectionRequest request) {
        return first(observer -> {
            StreamObserver<ServerReflectionRequest> requests =
                    ServerReflectionGrpc.newStub(channel).serverReflectionInfo(observer);
            return () -> {
                requests.onNext(request);
                requests.onCompleted();
            };
        });
    }

    @Test
    void listsTheServices() {
        ServerReflectionResponse response =
                ask(ServerReflectionRequest.newBuilder().setListServices("*").build());

        assertThat(response.getListServicesResponse().getServiceList())
                .extracting(ServiceResponse::getName)
                .containsExactlyInAnyOrder(
                        "inference.GRPCInferenceService",
                        "nereid.TrafficService",
                        "grpc.health.v1.Health",
                        "grpc.reflection.v1.ServerReflection",
                        "grpc.reflection.v1alpha.ServerReflection");
    }

    @Test
    void describesEveryCallOfTheInferenceService() throws InvalidProtocolBufferException {
        ServerReflectionResponse response = ask(ServerReflectionRequest.newBuilder()
                .setFileContainingSymbol("inference.GRPCInferenceService")
                .build());

        List<String> calls = FileDescriptorProto.parseFrom(
                        response.getFileDescriptorResponse().getFileDescriptorProto(0))
                .getService(0)
                .getMethodList()
                .stream()
                .map(MethodDescriptorProto::getName)
                .toList();
        assertThat(calls)
                .containsExactlyInAnyOrderElementsOf(
                        GRPCInferenceServiceGrpc.getServiceDescriptor().getMethods().stream()
                                .map(MethodDescriptor::getBareMethodName)
                                .map(String::valueOf)
                                .toList());
    }

    @Test
    void speaksTheOlderVersionOfTheServiceToo() {
        io.grpc.reflection.v1alpha.ServerReflectionResponse response = first(observer -> {
            StreamObserver<io.grpc.reflection.v1alpha.ServerReflectionRequest> requests =
                    io.grpc.reflection.v1alpha.ServerReflectionGrpc.newStub(channel)
                            .serverReflectionInfo(observer);
            return () -> {
                requests.onNext(io.grpc.reflection.v1alpha.ServerReflectionRequest.newBuilder()
                        .setFileByFilename("model_config.proto")
                        .build());
                requests.onCompleted();
            };
        });

        assertThat(response.getFileDescriptorResponse().getFileDescriptorProtoCount())
                .isOne();
    }
}
