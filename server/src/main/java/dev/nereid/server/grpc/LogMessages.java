package dev.nereid.server.grpc;

import dev.nereid.proto.inference.LogSettingsRequest;
import dev.nereid.proto.inference.LogSettingsRequest.SettingValue;
import dev.nereid.proto.inference.LogSettingsRequest.SettingValue.ParameterChoiceCase;
import dev.nereid.proto.inference.LogSettingsResponse;
import dev.nereid.server.observe.LogConfig;
import dev.nereid.server.observe.LogSettings;
import dev.nereid.server.protocol.InferException;
import java.util.Map;

/** The logging extension as messages. */
final class LogMessages {
    private LogMessages() {}

    /** Changes what the request names, and answers the settings that hold. */
    static LogSettingsResponse settings(LogSettings settings, LogSettingsRequest request) {
        LogConfig config = settings.change(current -> changed(current, request.getSettingsMap()));
        return LogSettingsResponse.newBuilder()
                .putSettings("log_file", text(config.file()))
                .putSettings("log_info", bool(config.info()))
                .putSettings("log_warning", bool(config.warning()))
                .putSettings("log_error", bool(config.error()))
                .putSettings(
                        "log_verbose_level",
                        LogSettingsResponse.SettingValue.newBuilder()
                                .setUint32Param(config.verbose())
                                .build())
                .putSettings("log_format", text(config.format().protocolName()))
                .build();
    }

    private static LogConfig changed(LogConfig current, Map<String, SettingValue> wanted) {
        LogConfig config = current;
        for (Map.Entry<String, SettingValue> entry : wanted.entrySet()) {
            config = changed(config, entry.getKey(), entry.getValue());
        }
        return config;
    }

    private static LogConfig changed(LogConfig config, String name, SettingValue value) {
        return switch (name) {
            case "log_file" ->
                throw InferException.unsupported("log file location can not be updated through network protocol");
            case "log_info" -> config.withInfo(bool(name, value));
            case "log_warning" -> config.withWarning(bool(name, value));
            case "log_error" -> config.withError(bool(name, value));
            case "log_verbose_level" -> {
                require(value, ParameterChoiceCase.UINT32_PARAM, name, "int32");
                yield config.withVerbose(
                        (int) Math.min(Integer.toUnsignedLong(value.getUint32Param()), Integer.MAX_VALUE));
            }
            case "log_format" -> {
                require(value, ParameterChoiceCase.STRING_PARAM, name, "string");
                yield config.withFormat(LogConfig.Format.find(value.getStringParam())
                        .orElseThrow(() -> InferException.invalid(
                                "invalid argument for log_format, got: " + value.getStringParam())));
            }
            default -> config; // as Triton, which answers what it has
        };
    }

    private static boolean bool(String name, SettingValue value) {
        require(value, ParameterChoiceCase.BOOL_PARAM, name, "boolean");
        return value.getBoolParam();
    }

    private static void require(SettingValue value, ParameterChoiceCase kind, String name, String expected) {
        if (value.getParameterChoiceCase() != kind) {
            throw InferException.invalid("expect " + expected + " for '" + name + "'");
        }
    }

    private static LogSettingsResponse.SettingValue text(String value) {
        return LogSettingsResponse.SettingValue.newBuilder()
                .setStringParam(value)
                .build();
    }

    private static LogSettingsResponse.SettingValue bool(boolean value) {
        return LogSettingsResponse.SettingValue.newBuilder().setBoolParam(value).build();
    }
}
