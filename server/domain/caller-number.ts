// What a caller's number can say: whom it names, and whether it can be dialled. It must not show or keep one.

/**
 * It names one subscriber. A withheld one (`anonymous`, empty) is many people, and so is a service's or an extension's short one
 * (110, 8001): nobody may keep a place, a seat, a mark or a history by it. The shortest numbers people call from have five digits.
 */
export const namesSomebody = (number: string): boolean => /\d{5}/.test(number);

/** CL10: what is dialled is the number that called us, and only where it is one. */
export const canBeCalled = (number: string): boolean => /^\+?\d{5,15}$/.test(number);
