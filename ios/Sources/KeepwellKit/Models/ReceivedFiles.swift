// The files within a record as received: what the library lists of them is what they are, not their bytes.

import Foundation

extension PictureAttachment {
    /// What can be shown of what a record carries.
    public enum Readable: Equatable, Sendable {
        case pages, picture
    }

    /// What can be shown of it; none of what is not in the record, or of a kind that is not shown.
    public var readable: Readable? {
        guard address == nil, let mediaType else { return nil }
        if mediaType == "application/pdf" { return .pages }
        return Self.pictures.contains(mediaType) ? .picture : nil
    }

    private static let pictures: Set = ["image/jpeg", "image/jpg", "image/png", "image/tiff", "image/heic", "image/gif"]

    private var mediaType: String? {
        contentType?.split(separator: ";").first.map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
    }

    /// Its bytes out of the record that carries it; none where that can't be told for certain.
    func content(in record: Data) -> Data? {
        guard address == nil, let document = try? JSONSerialization.jsonObject(with: record) else { return nil }
        var found: [Found] = []
        Self.walk(document, depth: 0, &found)
        let alike = found.filter { $0.contentType == contentType && (bytes == nil || $0.bytes == bytes) }
        let titled = alike.filter { $0.title == title }
        let candidates = Set((titled.isEmpty ? alike : titled).map(\.data))
        guard candidates.count == 1, let data = candidates.first else { return nil }
        return Data(base64Encoded: data, options: .ignoreUnknownCharacters)
    }

    private struct Found {
        let title: String?
        let contentType: String?
        let bytes: Int
        let data: String
    }

    /// Every object that has a media type and data, which `Binary` of old versions calls its content.
    private static func walk(_ value: Any, depth: Int, _ found: inout [Found]) {
        guard depth < deepest, found.count < most else { return }
        if let list = value as? [Any] {
            for item in list { walk(item, depth: depth + 1, &found) }
        } else if let object = value as? [String: Any] {
            if let type = object["contentType"] as? String, let data = (object["data"] ?? object["content"]) as? String {
                let size = (object["size"] as? NSNumber)?.intValue ?? (object["size"] as? String).flatMap { Int($0) }
                let computed = data.utf8.count - data.reversed().prefix { $0 == "=" }.count
                found.append(
                    Found(title: object["title"] as? String, contentType: type, bytes: size ?? computed * 3 / 4, data: data))
            }
            for item in object.values { walk(item, depth: depth + 1, &found) }
        }
    }

    /// No record that the library takes is deeper or carries more.
    private static let deepest = 256
    private static let most = 100
}
