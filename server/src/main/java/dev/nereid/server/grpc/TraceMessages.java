package dev.nereid.server.grpc;

import dev.nereid.proto.inference.TraceSettingRequest;
import dev.nereid.proto.inference.TraceSettingResponse;
import dev.nereid.proto.inference.TraceSettingResponse.SettingValue;
import dev.nereid.server.observe.TraceConfig;
import dev.nereid.server.observe.TraceSetting;
import dev.nereid.server.observe.TraceSettings;
import dev.nereid.server.repository.ModelRepository;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The trace extension as messages. */
final class TraceMessages {
    private TraceMessages() {}

    /** Changes what the request names, if anything, and answers the settings that hold. */
    static TraceSettingResponse settings(
            TraceSettings settings, ModelRepository repository, TraceSettingRequest request) {
        String model = request.getModelName();
        if (!model.isEmpty()) {
            TraceSettings.checkModel(model, name -> repository.find(name, ""));
        }
        if (request.getSettingsMap().isEmpty()) {
            return response(settings.config(), settings.of(model));
        }
        if (request.getSettingsMap().containsKey("trace_file")) {
            throw TraceSettings.fileIsFixed();
        }
        Map<TraceSetting, Optional<List<String>>> changes = new EnumMap<>(TraceSetting.class);
        for (TraceSetting setting : TraceSetting.values()) {
            TraceSettingRequest.SettingValue value = request.getSettingsMap().get(setting.protocolName());
            if (value != null) {
                List<String> texts = List.copyOf(value.getValueList());
                changes.put(setting, texts.isEmpty() ? Optional.empty() : Optional.of(texts));
            }
        }
        return response(settings.config(), settings.change(model, changes));
    }

    private static TraceSettingResponse response(TraceConfig config, Map<TraceSetting, List<String>> values) {
        TraceSettingResponse.Builder response = TraceSettingResponse.newBuilder();
        values.forEach((setting, texts) -> {
            if (config.shows(setting)) {
                response.putSettings(
                        setting.protocolName(),
                        SettingValue.newBuilder().addAllValue(texts).build());
            }
        });
        config.fixed()
                .forEach((name, value) -> response.putSettings(
                        name, SettingValue.newBuilder().addValue(value).build()));
        return response.build();
    }
}
