/** Real models beside what ONNX Runtime answers. Test data comes from a folder outside the project. */
@NullMarked
package dev.nereid.models.golden;

import org.jspecify.annotations.NullMarked;
