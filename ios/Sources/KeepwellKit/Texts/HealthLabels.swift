// What is said of the parts of the phone's health app.

import Foundation

extension Texts {
    public func label(_ part: HealthPart) -> String {
        switch part {
        case .clinics: self(.healthClinicRecords)
        case .measure(.bloodPressure): self(.healthBloodPressure)
        case .measure(.restingHeartRate): self(.healthRestingHeartRate)
        case .measure(.weight): self(.healthBodyWeight)
        case .measure(.height): self(.healthBodyHeight)
        case .measure(.glucose): self(.healthBloodGlucose)
        case .measure(.oxygen): self(.healthOxygenSaturation)
        case .measure(.temperature): self(.healthBodyTemperature)
        }
    }

    /// How many came; that it could not be read is said also where some did.
    public func detail(_ found: HealthFound) -> String {
        let came = found.count > 0 ? self(.healthFoundCount, found.count) : nil
        let unread = found.isUnread ? self(.healthUnread) : nil
        let said = [came, unread].compactMap(\.self)
        return said.isEmpty ? self(.healthNoneFound) : said.joined(separator: ". ")
    }
}
