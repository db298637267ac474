package dev.nereid.models.operators;

/** What passes ask of an operator, whichever it is: given beside its entry. */
public enum Trait {
    /** An element of the result depends on the first input's element at that place alone; further inputs are scalars. */
    UNARY,
    /** All inputs are broadcast to one shape; an element of the result depends on their elements at that place alone. */
    BROADCASTING,
    /** Elements along some axes are reduced to one. */
    REDUCTION,
    /** Fused operators apply it to their result, as the activation of its name in lower case. */
    ACTIVATION,
    /** The result is the first input, if the types are the same and nothing is trained. */
    COPY,
    /** The result has the elements of the first input in their order, in another shape. */
    VIEW,
    /** The result has the elements of the first input in another order. */
    REORDERING,
    /** The result has elements of inputs, maybe as another type, or what their shape says: no arithmetic. */
    MOVEMENT
}
