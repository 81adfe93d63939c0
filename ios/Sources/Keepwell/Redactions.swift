// Values that hold secrets show none of them in text, in logs or to a debugger's mirror; the library describes some itself.

import KeepwellCore

extension NewShare: CustomReflectable {
    public var customMirror: Mirror { Mirror(self, children: ["share": share]) }
}

extension HttpRequest: CustomReflectable {
    public var customMirror: Mirror { Mirror(self, children: ["method": method]) }
}

extension QuizAnswer: CustomStringConvertible, CustomReflectable {
    public var description: String { "QuizAnswer(\(position), ..)" }
    public var customMirror: Mirror { Mirror(self, children: ["position": position]) }
}

extension TypedWord: CustomReflectable {
    public var customMirror: Mirror { Mirror(self, children: ["position": position]) }
}

extension QrCode: CustomStringConvertible, CustomReflectable {
    public var description: String { "QrCode(\(size), ..)" }
    public var customMirror: Mirror { Mirror(self, children: ["size": size]) }
}
