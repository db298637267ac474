package dev.nereid.server.grpc;

import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import dev.nereid.proto.health.HealthGrpc;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One call that was recorded from a real Triton, as text messages with the method or the status in comments above.
 *
 * @param method the full method name
 */
record RecordedCall(String name, String method, String requests, String responses) {
    private static final String NEXT_MESSAGE = "\n# ---- next stream message\n";
    private static final Pattern METHOD = Pattern.compile("# method: /(\\S+)");
    private static final Pattern STATUS = Pattern.compile("# status: (\\w+)");
    private static final Pattern STATUS_MESSAGE = Pattern.compile("# message: (.*)");

    /** What a call came to: its status and the messages before it. */
    record Outcome(Status.Code code, String message, List<Message> responses) {}

    static List<RecordedCall> readAll(Path folder) {
        try (Stream<Path> cases = Files.list(folder)) {
            return cases.sorted().map(RecordedCall::read).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static RecordedCall read(Path folder) {
        try {
            String request = Files.readString(folder.resolve("request.txt"));
            Matcher method = METHOD.matcher(request);
            if (!method.find()) {
                throw new IllegalArgumentException(folder + " names no method");
            }
            return new RecordedCall(
                    String.valueOf(folder.getFileName()),
                    method.group(1),
                    request,
                    Files.readString(folder.resolve("response.txt")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The method, where our protos have it. */
    Optional<MethodDescriptor<Message, Message>> descriptor() {
        return Stream.of(GRPCInferenceServiceGrpc.getServiceDescriptor(), HealthGrpc.getServiceDescriptor())
                .flatMap(service -> service.getMethods().stream())
                .filter(candidate -> candidate.getFullMethodName().equals(method))
                .map(RecordedCall::untyped)
                .findFirst();
    }

    @SuppressWarnings("unchecked")
    private static MethodDescriptor<Message, Message> untyped(MethodDescriptor<?, ?> descriptor) {
        return (MethodDescriptor<Message, Message>) descriptor;
    }

    /** What Triton answered. */
    Outcome recorded() {
        Matcher status = STATUS.matcher(responses);
        Status.Code code = status.find() ? Status.Code.valueOf(status.group(1)) : Status.Code.UNKNOWN;
        Matcher message = STATUS_MESSAGE.matcher(responses);
        MethodDescriptor<Message, Message> descriptor = descriptor().orElseThrow();
        List<Message> messages =
                code == Status.Code.OK ? messages(responses, descriptor.getResponseMarshaller()) : List.of();
        if (descriptor.getType() != MethodDescriptor.MethodType.UNARY) {
            messages = messages.stream()
                    .filter(answer -> answer.getSerializedSize() > 0)
                    .toList();
        }
        return new Outcome(code, message.find() ? unquoted(message.group(1)) : "", messages);
    }

    /** Makes the call and waits for its end. */
    Outcome replay(Channel channel) {
        MethodDescriptor<Message, Message> descriptor = descriptor().orElseThrow();
        List<Message> sent = messages(requests, descriptor.getRequestMarshaller());
        return descriptor.getType() == MethodDescriptor.MethodType.UNARY
                ? unary(channel, descriptor, sent.getFirst())
                : stream(channel, descriptor, sent);
    }

    private static Outcome unary(Channel channel, MethodDescriptor<Message, Message> descriptor, Message request) {
        try {
            CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(30, TimeUnit.SECONDS);
            Message answer = ClientCalls.blockingUnaryCall(channel, descriptor, options, request);
            return new Outcome(Status.Code.OK, "", List.of(answer));
        } catch (StatusRuntimeException e) {
            return outcome(e, List.of());
        }
    }

    private static Outcome stream(
            Channel channel, MethodDescriptor<Message, Message> descriptor, List<Message> requests) {
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        List<Message> answers = new ArrayList<>();
        StreamObserver<Message> call = ClientCalls.asyncBidiStreamingCall(
                channel.newCall(descriptor, CallOptions.DEFAULT), new StreamObserver<>() {
                    @Override
                    public void onNext(Message answer) {
                        answers.add(answer);
                    }

                    @Override
                    public void onError(Throwable error) {
                        outcome.complete(outcome(error, answers));
                    }

                    @Override
                    public void onCompleted() {
                        outcome.complete(new Outcome(Status.Code.OK, "", answers));
                    }
                });
        // A recording without fields is one of a stream without messages.
        requests.stream().filter(message -> message.getSerializedSize() > 0).forEach(call::onNext);
        call.onCompleted();
        return outcome.orTimeout(30, TimeUnit.SECONDS).join();
    }

    private static Outcome outcome(Throwable error, List<Message> responses) {
        Status status = Status.fromThrowable(error);
        String message = status.getDescription();
        return new Outcome(status.getCode(), message == null ? "" : message, responses);
    }

    private static List<Message> messages(String text, MethodDescriptor.Marshaller<Message> marshaller) {
        Message prototype = Optional.ofNullable(((PrototypeMarshaller<Message>) marshaller).getMessagePrototype())
                .orElseThrow();
        List<Message> messages = new ArrayList<>();
        for (String part : text.split(NEXT_MESSAGE, -1)) {
            Message.Builder builder = prototype.newBuilderForType();
            try {
                TextFormat.merge(part, builder);
            } catch (TextFormat.ParseException e) {
                throw new IllegalArgumentException(e);
            }
            messages.add(builder.build());
        }
        return messages;
    }

    /** A Python string literal's value. */
    private static String unquoted(String literal) {
        return literal.substring(1, literal.length() - 1)
                .replace("\\n", "\n")
                .replace("\\'", "'")
                .replace("\\\\", "\\");
    }
}
