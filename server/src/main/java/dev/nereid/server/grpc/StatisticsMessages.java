package dev.nereid.server.grpc;

import dev.nereid.proto.inference.InferBatchStatistics;
import dev.nereid.proto.inference.InferResponseStatistics;
import dev.nereid.proto.inference.InferStatistics;
import dev.nereid.proto.inference.ModelStatistics;
import dev.nereid.proto.inference.ModelStatisticsRequest;
import dev.nereid.proto.inference.ModelStatisticsResponse;
import dev.nereid.proto.inference.StatisticDuration;
import dev.nereid.server.observe.StatisticsSnapshot;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.ModelRepository;

/** Statistics as messages. */
final class StatisticsMessages {
    private StatisticsMessages() {}

    static ModelStatisticsResponse statistics(ModelRepository repository, ModelStatisticsRequest request) {
        ModelStatisticsResponse.Builder response = ModelStatisticsResponse.newBuilder();
        for (Model model : repository.forStatistics(request.getName(), request.getVersion())) {
            response.addModelStats(of(model));
        }
        return response.build();
    }

    private static ModelStatistics of(Model model) {
        StatisticsSnapshot snapshot = model.statistics().snapshot();
        ModelStatistics.Builder message = ModelStatistics.newBuilder()
                .setName(model.name())
                .setVersion(Long.toString(model.version()))
                .setLastInference(snapshot.lastInferenceMillis())
                .setInferenceCount(snapshot.inferenceCount())
                .setExecutionCount(snapshot.executionCount())
                .setInferenceStats(InferStatistics.newBuilder()
                        .setSuccess(duration(snapshot.success()))
                        .setFail(duration(snapshot.fail()))
                        .setQueue(duration(snapshot.queue()))
                        .setComputeInput(duration(snapshot.compute().input()))
                        .setComputeInfer(duration(snapshot.compute().infer()))
                        .setComputeOutput(duration(snapshot.compute().output()))
                        .setCacheHit(duration(snapshot.cacheHit()))
                        .setCacheMiss(duration(snapshot.cacheMiss())));
        snapshot.responses()
                .forEach((index, responses) -> message.putResponseStats(
                        index.toString(),
                        InferResponseStatistics.newBuilder()
                                .setComputeInfer(duration(responses.infer()))
                                .setComputeOutput(duration(responses.output()))
                                .setSuccess(duration(responses.success()))
                                .setFail(duration(responses.fail()))
                                .setEmptyResponse(duration(responses.empty()))
                                .setCancel(duration(responses.cancel()))
                                .build()));
        snapshot.batches()
                .forEach((size, compute) -> message.addBatchStats(InferBatchStatistics.newBuilder()
                        .setBatchSize(size)
                        .setComputeInput(duration(compute.input()))
                        .setComputeInfer(duration(compute.infer()))
                        .setComputeOutput(duration(compute.output()))));
        return message.build();
    }

    private static StatisticDuration duration(StatisticsSnapshot.Duration duration) {
        return StatisticDuration.newBuilder()
                .setCount(duration.count())
                .setNs(duration.nanos())
                .build();
    }
}
