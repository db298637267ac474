package dev.nereid.server.http;

import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.MapEntry;
import com.google.protobuf.Message;
import dev.nereid.server.protocol.json.JsonWriter;
import java.util.List;

/**
 * Writes a protobuf message as Triton writes model configs: the proto's own field names, every field without presence
 * even at its default, absent messages left out, and 64-bit integers as numbers, where protobuf's own JSON has strings.
 */
final class MessageJson {
    private MessageJson() {}

    static void write(JsonWriter json, Message message) {
        json.beginObject();
        for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
            if (field.hasPresence() && !message.hasField(field)) {
                continue;
            }
            json.name(field.getName());
            Object value = message.getField(field);
            if (field.isMapField()) {
                map(json, (List<?>) value);
            } else if (field.isRepeated()) {
                json.beginArray();
                ((List<?>) value).forEach(element -> value(json, field, element));
                json.endArray();
            } else {
                value(json, field, value);
            }
        }
        json.endObject();
    }

    private static void map(JsonWriter json, List<?> entries) {
        json.beginObject();
        for (Object element : entries) {
            MapEntry<?, ?> entry = (MapEntry<?, ?>) element;
            json.name(String.valueOf(entry.getKey()));
            value(json, entry.getDescriptorForType().findFieldByName("value"), entry.getValue());
        }
        json.endObject();
    }

    private static void value(JsonWriter json, FieldDescriptor field, Object value) {
        switch (value) {
            case Message message -> write(json, message);
            case EnumValueDescriptor constant -> json.value(constant.getName());
            case Boolean bool -> json.value(bool.booleanValue());
            case Float real -> json.value(Double.parseDouble(real.toString())); // the float's own shortest digits
            case Double real -> json.value(real.doubleValue());
            case Integer integer when isUnsigned(field) -> json.value(Integer.toUnsignedLong(integer));
            case Integer integer -> json.value(integer.longValue());
            case Long integer when isUnsigned(field) -> json.unsignedValue(integer);
            case Long integer -> json.value(integer.longValue());
            case String text -> json.value(text);
            default ->
                throw new IllegalStateException(
                        "no JSON for a " + JavaType.class.getSimpleName() + " " + field.getJavaType());
        }
    }

    private static boolean isUnsigned(FieldDescriptor field) {
        return switch (field.getType()) {
            case UINT32, UINT64, FIXED32, FIXED64 -> true;
            default -> false;
        };
    }
}
