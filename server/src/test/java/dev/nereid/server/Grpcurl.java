package dev.nereid.server;

import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import dev.nereid.proto.health.HealthGrpc;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Stands in for the tool grpcurl: its arguments, as far as the documentation uses them, and what it prints. */
final class Grpcurl {
    private static final long SECONDS = 30;

    private final Metadata headers = new Metadata();
    private final StringBuilder printed = new StringBuilder();
    private final ManagedChannel channel;
    private String data = "";

    private Grpcurl(ManagedChannel channel) {
        this.channel = channel;
    }

    /** What it prints with these arguments, asking over this connection instead of the address among them. */
    static String run(List<String> arguments, ManagedChannel channel) {
        Grpcurl grpcurl = new Grpcurl(channel);
        List<String> words = grpcurl.readOptions(arguments);
        if (words.size() != 2) {
            throw new IllegalArgumentException("grpcurl: expected an address and a call, got " + words);
        }
        try {
            if (words.getLast().equals("list")) {
                grpcurl.list();
            } else {
                grpcurl.call(method(words.getLast()));
            }
        } catch (StatusRuntimeException e) {
            grpcurl.fail(e.getStatus());
        }
        return grpcurl.printed.toString();
    }

    private List<String> readOptions(List<String> arguments) {
        List<String> words = new ArrayList<>();
        for (Iterator<String> rest = arguments.iterator(); rest.hasNext(); ) {
            String word = rest.next();
            switch (word) {
                case "-plaintext" -> {}
                case "-d" -> data = rest.next();
                case "-H" -> {
                    String[] header = rest.next().split(": ", 2);
                    headers.put(Metadata.Key.of(header[0], Metadata.ASCII_STRING_MARSHALLER), header[1]);
                }
                default -> words.add(word);
            }
        }
        return words;
    }

    private static MethodDescriptor<?, ?> method(String name) {
        return Stream.of(GRPCInferenceServiceGrpc.getServiceDescriptor(), HealthGrpc.getServiceDescriptor())
                .flatMap(service -> service.getMethods().stream())
                .filter(method -> method.getFullMethodName().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("grpcurl: no call is named " + name));
    }

    private void list() {
        ask(
                ServerReflectionGrpc.getServerReflectionInfoMethod(),
                List.of(ServerReflectionRequest.newBuilder()
                        .setListServices("*")
                        .build()),
                answer -> printed.append(((ServerReflectionResponse) answer)
                        .getListServicesResponse().getServiceList().stream()
                                .map(ServiceResponse::getName)
                                .sorted()
                                .collect(Collectors.joining("\n"))));
    }

    private void call(MethodDescriptor<?, ?> method) {
        Message prototype = (Message) Objects.requireNonNull(
                ((MethodDescriptor.PrototypeMarshaller<?>) method.getRequestMarshaller()).getMessagePrototype());
        List<Message> messages = new ArrayList<>();
        for (String document : documents(data)) {
            Message.Builder message = prototype.toBuilder();
            try {
                JsonFormat.parser().merge(document, message);
            } catch (IOException e) {
                throw new IllegalArgumentException("grpcurl: " + document, e);
            }
            messages.add(message.build());
        }
        ask(method, messages, this::print);
    }

    /** Documents one after the other; one without members if there is nothing. */
    private static List<String> documents(String text) {
        List<String> documents = new ArrayList<>();
        int depth = 0;
        int start = 0;
        for (int at = 0; at < text.length(); at++) {
            depth += text.charAt(at) == '{' ? 1 : text.charAt(at) == '}' ? -1 : 0;
            if (depth == 0 && text.charAt(at) == '}') {
                documents.add(text.substring(start, at + 1));
                start = at + 1;
            }
        }
        return documents.isEmpty() ? List.of("{}") : documents;
    }

    private void print(Object answer) {
        try {
            printed.append(JsonFormat.printer().print((MessageOrBuilder) answer))
                    .append('\n');
        } catch (IOException e) {
            throw new IllegalStateException("grpcurl: " + answer, e);
        }
    }

    /** Sends the messages, takes what comes until the call ends, or until nothing comes where it need not end. */
    @SuppressWarnings("unchecked")
    private void ask(MethodDescriptor<?, ?> method, List<? extends Message> messages, Consumer<Object> answered) {
        BlockingQueue<Object> events = new LinkedBlockingQueue<>();
        StreamObserver<Object> requests = ClientCalls.asyncBidiStreamingCall(
                ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers))
                        .newCall((MethodDescriptor<Object, Object>) method, CallOptions.DEFAULT),
                new Events(events));
        messages.forEach(requests::onNext);
        requests.onCompleted();
        try {
            while (true) {
                Object event = events.poll(SECONDS, TimeUnit.SECONDS);
                switch (event) {
                    case null -> throw new IllegalStateException("grpcurl: no answer from " + method);
                    case Status status -> {
                        fail(status);
                        return;
                    }
                    default -> answered.accept(event);
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void fail(Status status) {
        if (!status.isOk()) {
            printed.append("ERROR:\n  Code: ")
                    .append(status.getCode())
                    .append("\n  Message: ")
                    .append(status.getDescription())
                    .append('\n');
        }
    }

    /** Answers, then the status of the call. */
    private record Events(BlockingQueue<Object> events) implements StreamObserver<Object> {
        @Override
        public void onNext(Object answer) {
            events.add(answer);
        }

        @Override
        public void onError(Throwable error) {
            events.add(Status.fromThrowable(error));
        }

        @Override
        public void onCompleted() {
            events.add(Status.OK);
        }
    }
}
