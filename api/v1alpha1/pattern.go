package v1alpha1

// Pattern is an RE2 regular expression, at most 256 characters long.
//
// kube-apiserver compiles it to see whether it is one, at a cost that its budget for rules
// does not cover: without the first two rules one of 1,024 characters took it 0.2 s. The
// third therefore looks only at patterns that meet those two. How large the compiled
// program may be is bounded by the prober.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=256
// +kubebuilder:validation:XValidation:rule=`!self.matches('[{][0-9,]*[0-9]{3}') && (!self.contains('){') || !self.matches('(?s)[)][{].*[)][{]') && !self.matches('[{][0-9,]*[0-9]{2}'))`,message=`must repeat by count at most 99 times, as in x{0,99}, and at most 9 times where a group is repeated, as in (ab){1,9}; only one group may be repeated by count`
// +kubebuilder:validation:XValidation:rule=`!self.matches('[(][?][A-Za-z-]*i') || !self.matches('(?s)-([^\\x00-\\x7f]|[\\\\]x[{])')`,message=`must not ignore case, as with (?i), beside a range that ends beyond ASCII`
// +kubebuilder:validation:XValidation:rule=`self.matches('[{][0-9,]*[0-9]{3}') || self.contains('){') && (self.matches('(?s)[)][{].*[)][{]') || self.matches('[{][0-9,]*[0-9]{2}')) || self.matches('[(][?][A-Za-z-]*i') && self.matches('(?s)-([^\\x00-\\x7f]|[\\\\]x[{])') || "".matches(self) in [true, false]`,message=`must be an RE2 regular expression`
type Pattern string
