// The few SwiftUI names that our views use, so that they type-check where there is no SwiftUI. Nothing here draws, runs or ships.
// It proves that the views use our own code rightly; what it says of Apple's interfaces is only what their documentation says.

@_exported import Foundation
@_exported import Observation

// Views

@MainActor @preconcurrency public protocol View {
    associatedtype Body: View
    @ViewBuilder var body: Body { get }
}

extension Never: View {
    public var body: Never { shim }
}

/// What every built-in view is made of.
public struct BuiltIn: View {
    public var body: Never { shim }
}

@MainActor @resultBuilder public enum ViewBuilder {
    public static func buildBlock() -> EmptyView { EmptyView() }
    public static func buildBlock<Content: View>(_ content: Content) -> Content { content }
    public static func buildBlock<each Content: View>(_ content: repeat each Content) -> TupleView<(repeat each Content)> {
        TupleView()
    }
    public static func buildIf<Content: View>(_ content: Content?) -> Content? { content }
    public static func buildEither<First: View, Second: View>(first: First) -> Either<First, Second> { Either() }
    public static func buildEither<First: View, Second: View>(second: Second) -> Either<First, Second> { Either() }
}

extension Optional: View where Wrapped: View {
    public var body: Never { shim }
}

public struct Either<First: View, Second: View>: View {
    public var body: Never { shim }
}

public struct TupleView<Content>: View {
    public var body: Never { shim }
}

public struct EmptyView: View {
    public init() {}
    public var body: Never { shim }
}

public struct Text: View {
    public init(_ text: String) {}
    public func font(_ font: Font?) -> Text { self }
    public func monospacedDigit() -> Text { self }
    public func foregroundStyle(_ style: Style) -> Text { self }
    public var body: Never { shim }
}

public struct Image: View {
    public init(systemName: String) {}
    public var body: Never { shim }
}

public struct Label: View {
    public init(_ title: String, systemImage: String) {}
    public var body: Never { shim }
}

public struct Button<Content: View>: View {
    public init(action: @escaping @MainActor () -> Void, @ViewBuilder label: () -> Content) {}
    public var body: Never { shim }
}

extension Button where Content == Text {
    public init(_ title: String, action: @escaping @MainActor () -> Void) {}
    public init(_ title: String, role: ButtonRole?, action: @escaping @MainActor () -> Void) {}
}

public struct ButtonRole: Sendable {
    public static let destructive = ButtonRole()
    public static let cancel = ButtonRole()
}

public struct ShareLink: View {
    public init(_ title: String, item: String) {}
    public var body: Never { shim }
}

public struct Toggle<Content: View>: View {
    public init(isOn: Binding<Bool>, @ViewBuilder label: () -> Content) {}
    public var body: Never { shim }
}

extension Toggle where Content == Text {
    public init(_ title: String, isOn: Binding<Bool>) {}
}

public struct Picker<Selection: Hashable, Content: View>: View {
    public init(_ title: String, selection: Binding<Selection>, @ViewBuilder content: () -> Content) {}
    public var body: Never { shim }
}

public struct TextField: View {
    public init(_ title: String, text: Binding<String>) {}
    public init(_ title: String, text: Binding<String>, axis: Axis) {}
    public var body: Never { shim }
}

public struct ProgressView: View {
    public init() {}
    public init<Value: BinaryFloatingPoint>(value: Value?, total: Value = 1.0) {}
    public var body: Never { shim }
}

public struct Rectangle: View {
    public init() {}
    public func fill(_ style: Style) -> BuiltIn { BuiltIn() }
    public var body: Never { shim }
}

public struct Color: View {
    public static let clear = Color()
    public static let primary = Color()
    public static let secondary = Color()
    public static let black = Color()
    public static let white = Color()
    public var body: Never { shim }
}

public struct Spacer: View {
    public init(minLength: CGFloat? = nil) {}
    public var body: Never { shim }
}

public struct Group<Content: View>: View {
    public init(@ViewBuilder content: () -> Content) {}
    public var body: Never { shim }
}

public struct VStack<Content: View>: View {
    public init(alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content) {}
    public var body: Never { shim }
}

public struct HStack<Content: View>: View {
    public init(spacing: CGFloat? = nil, @ViewBuilder content: () -> Content) {}
    public var body: Never { shim }
}

public struct ZStack<Content: View>: View {
    public init(@ViewBuilder content: () -> Content) {}
    public var body: Never { shim }
}

public struct ScrollView<Content: View>: View {
    public init(@ViewBuilder content: () -> Content) {}
    public var body: Never { shim }
}

public struct List<Content: View>: View {
    public init(@ViewBuilder content: () -> Content) {}
    public var body: Never { shim }
}

public struct Section<Content: View>: View {
    public init(@ViewBuilder content: () -> Content) {}
    public init(_ title: String, @ViewBuilder content: () -> Content) {}
    public var body: Never { shim }
}

public struct DisclosureGroup<Content: View>: View {
    public init(_ title: String, @ViewBuilder content: @escaping () -> Content) {}
    public init(_ title: String, isExpanded: Binding<Bool>, @ViewBuilder content: @escaping () -> Content) {}
    public var body: Never { shim }
}

public struct ForEach<Items: RandomAccessCollection, ID: Hashable, Content: View>: View {
    public init(_ items: Items, id: KeyPath<Items.Element, ID>, @ViewBuilder content: @escaping (Items.Element) -> Content) {}
    public var body: Never { shim }
}

extension ForEach where Items.Element: Identifiable, ID == Items.Element.ID {
    public init(_ items: Items, @ViewBuilder content: @escaping (Items.Element) -> Content) {}
}

public struct NavigationPath: Equatable {
    public init() {}
    public mutating func append<Value: Hashable>(_ value: Value) {}
}

public struct NavigationStack<Data, Root: View>: View {
    public init(@ViewBuilder root: () -> Root) where Data == NavigationPath {}
    public init(path: Binding<NavigationPath>, @ViewBuilder root: () -> Root) where Data == NavigationPath {}
    public var body: Never { shim }
}

public struct NavigationLink<Content: View>: View {
    public init<Value: Hashable>(value: Value?, @ViewBuilder label: () -> Content) {}
    public var body: Never { shim }
}

public struct TabView<Selection: Hashable, Content: View>: View {
    public init(selection: Binding<Selection>, @ViewBuilder content: () -> Content) {}
    public var body: Never { shim }
}

public struct Canvas: View {
    public init(renderer: @escaping (inout GraphicsContext, CGSize) -> Void) {}
    public var body: Never { shim }
}

public struct GraphicsContext {
    public struct Shading: Sendable {
        public static func color(_ color: Color) -> Shading { Shading() }
    }
    public func fill(_ path: Path, with shading: Shading) {}
}

public struct Path {
    public init(_ rectangle: CGRect) {}
}

// What UIKit draws

@MainActor @preconcurrency public protocol UIViewRepresentable: View where Body == Never {
    /// A UIView, which this module does not know.
    associatedtype UIViewType
    associatedtype Coordinator = Void
    typealias Context = UIViewRepresentableContext<Self>
    func makeUIView(context: Context) -> UIViewType
    func updateUIView(_ uiView: UIViewType, context: Context)
    func makeCoordinator() -> Coordinator
}

extension UIViewRepresentable {
    public var body: Never { shim }
}

extension UIViewRepresentable where Coordinator == Void {
    public func makeCoordinator() {}
}

@MainActor @preconcurrency public struct UIViewRepresentableContext<Representable: UIViewRepresentable> {
    public var coordinator: Representable.Coordinator { shim }
}

@MainActor @preconcurrency public protocol UIViewControllerRepresentable: View where Body == Never {
    /// A UIViewController, which this module does not know.
    associatedtype UIViewControllerType
    associatedtype Coordinator = Void
    typealias Context = UIViewControllerRepresentableContext<Self>
    func makeUIViewController(context: Context) -> UIViewControllerType
    func updateUIViewController(_ uiViewController: UIViewControllerType, context: Context)
    static func dismantleUIViewController(_ uiViewController: UIViewControllerType, coordinator: Coordinator)
    func makeCoordinator() -> Coordinator
}

extension UIViewControllerRepresentable {
    public static func dismantleUIViewController(_ uiViewController: UIViewControllerType, coordinator: Coordinator) {}
    public var body: Never { shim }
}

extension UIViewControllerRepresentable where Coordinator == Void {
    public func makeCoordinator() {}
}

@MainActor @preconcurrency public struct UIViewControllerRepresentableContext<Representable: UIViewControllerRepresentable> {
    public var coordinator: Representable.Coordinator { shim }
}

// Scenes

@MainActor @preconcurrency public protocol Scene {
    associatedtype Body: Scene
    var body: Body { get }
}

extension Never: Scene {}

@resultBuilder public struct SceneBuilder {
    public static func buildBlock<Content: Scene>(_ content: Content) -> Content { content }
}

@MainActor @preconcurrency public protocol App {
    associatedtype Body: Scene
    @SceneBuilder @MainActor @preconcurrency var body: Body { get }
    @MainActor @preconcurrency init()
}
extension App {
    @MainActor @preconcurrency public static func main() {}
}

public struct WindowGroup<Content: View>: Scene {
    public init(@ViewBuilder content: @escaping () -> Content) {}
    public var body: Never { shim }
}

extension Scene {
    public func backgroundTask<D: Sendable, R: Sendable>(
        _ task: BackgroundTask<D, R>, action: @escaping @Sendable (D) async -> R
    ) -> some Scene { WindowGroup { EmptyView() } }
}

public struct BackgroundTask<Request, Response>: Sendable {}

extension BackgroundTask where Request == Void, Response == Void {
    public static func appRefresh(_ identifier: String) -> BackgroundTask<Void, Void> { BackgroundTask() }
}

public enum ScenePhase: Equatable, Sendable {
    case background, inactive, active
}

public struct ToolbarItem<Content: View>: View {
    public init(placement: ToolbarItemPlacement, @ViewBuilder content: () -> Content) {}
    public var body: Never { shim }
}

public struct ToolbarItemPlacement: Sendable {
    public static let primaryAction = ToolbarItemPlacement()
    public static let topBarLeading = ToolbarItemPlacement()
    public static let secondaryAction = ToolbarItemPlacement()
    public static let cancellationAction = ToolbarItemPlacement()
    public static let confirmationAction = ToolbarItemPlacement()
}

// Previews

@MainActor @preconcurrency public protocol PreviewProvider {
    associatedtype Previews: View
    @ViewBuilder static var previews: Previews { get }
}

public enum ColorScheme: Sendable { case light, dark }
public enum LayoutDirection: Sendable { case leftToRight, rightToLeft }

extension View {
    public func previewDisplayName(_ value: String?) -> some View { self }
    public func preferredColorScheme(_ colorScheme: ColorScheme?) -> some View { self }
    public func environment<Value>(_ path: WritableKeyPath<EnvironmentValues, Value>, _ value: Value) -> some View { self }
}

// State

@MainActor @propertyWrapper @preconcurrency public struct State<Value> {
    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }
    public init(initialValue: Value) { wrappedValue = initialValue }
    private let stored: Value? = nil
    public var wrappedValue: Value {
        get { shim }
        nonmutating set {}
    }
    public var projectedValue: Binding<Value> { shim }
}

extension State where Value: ExpressibleByNilLiteral {
    public init() { self.init(wrappedValue: nil) }
}

@MainActor @propertyWrapper @dynamicMemberLookup @preconcurrency public struct Binding<Value> {
    public init(get: @escaping @MainActor () -> Value, set: @escaping @MainActor (Value) -> Void) {}
    public var wrappedValue: Value {
        get { shim }
        nonmutating set {}
    }
    public var projectedValue: Binding<Value> { self }
    public subscript<Member>(dynamicMember member: WritableKeyPath<Value, Member>) -> Binding<Member> { shim }
}

@MainActor @propertyWrapper @dynamicMemberLookup @preconcurrency public struct Bindable<Model: Observable & AnyObject> {
    public init(wrappedValue: Model) { self.wrappedValue = wrappedValue }
    public var wrappedValue: Model
    public var projectedValue: Bindable<Model> { self }
    public subscript<Member>(dynamicMember member: ReferenceWritableKeyPath<Model, Member>) -> Binding<Member> { shim }
}

@MainActor @propertyWrapper @preconcurrency public struct FocusState<Value: Hashable> {
    public struct Binding {}
    /// SwiftUI's is generic over what is wrapped, which here hides it from whoever leaves the value out.
    public init() where Value: ExpressibleByNilLiteral {}
    public var wrappedValue: Value {
        get { shim }
        nonmutating set {}
    }
    public var projectedValue: Binding { shim }
}

/// A kind of file, which SwiftUI has from UniformTypeIdentifiers.
public struct UTType: Sendable {
    public init?(filenameExtension: String) {}
}

extension URL {
    // Of Apple's Foundation, not of Linux's.
    public func startAccessingSecurityScopedResource() -> Bool { false }
    public func stopAccessingSecurityScopedResource() {}
}

public struct EnvironmentValues {
    public subscript<Key: EnvironmentKey>(key: Key.Type) -> Key.Value {
        get { Key.defaultValue }
        set {}
    }
    public var scenePhase: ScenePhase { shim }
    public var dynamicTypeSize: DynamicTypeSize { shim }
    public var layoutDirection: LayoutDirection {
        get { shim }
        set {}
    }
    public var dismiss: DismissAction { shim }
    public var openURL: OpenURLAction { shim }
}

public enum DynamicTypeSize: Hashable, Sendable {
    case xSmall, small, medium, large, xLarge, xxLarge, xxxLarge
    case accessibility1, accessibility2, accessibility3, accessibility4, accessibility5
}

public protocol EnvironmentKey {
    associatedtype Value
    static var defaultValue: Value { get }
}

@MainActor @preconcurrency public struct DismissAction {
    public func callAsFunction() {}
}

@MainActor @preconcurrency public struct OpenURLAction {
    public func callAsFunction(_ url: URL) {}
}

@MainActor @propertyWrapper @preconcurrency public struct Environment<Value> {
    public init(_ path: KeyPath<EnvironmentValues, Value>) {}
    public var wrappedValue: Value { shim }
}

// Modifiers

public struct Style: Sendable {
    public static let primary = Style()
    public static let secondary = Style()
    public static let background = Style()
}

public struct Font: Sendable {
    public static let largeTitle = Font()
    public static let title = Font()
    public static let title2 = Font()
    public static let headline = Font()
    public static let subheadline = Font()
    public static let body = Font()
    public static let caption = Font()
    public func monospaced() -> Font { self }
}

public enum HorizontalAlignment: Sendable { case leading, center, trailing }
public struct Alignment: Sendable { public static let leading = Alignment() }
public enum Axis: Sendable { case horizontal, vertical }
public enum ContentMode: Sendable { case fit, fill }
public enum Visibility: Sendable { case automatic, visible, hidden }

public struct AccessibilityChildBehavior: Sendable {
    public static let combine = AccessibilityChildBehavior()
    public static let contain = AccessibilityChildBehavior()
    public static let ignore = AccessibilityChildBehavior()
}

public struct AccessibilityTraits: Sendable, ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: AccessibilityTraits...) {}
    public static let isHeader = AccessibilityTraits()
    public static let updatesFrequently = AccessibilityTraits()
    public static let isSelected = AccessibilityTraits()
}

public struct TextFieldStyle: Sendable { public static let roundedBorder = TextFieldStyle() }
public struct ButtonStyle: Sendable {
    public static let bordered = ButtonStyle()
    public static let borderedProminent = ButtonStyle()
}
public enum ControlSize: Sendable { case mini, small, regular, large, extraLarge }
public struct TextInputAutocapitalization: Sendable { public static let never = TextInputAutocapitalization() }
public struct TextSelectability: Sendable { public static let enabled = TextSelectability() }

extension View {
    public func font(_ font: Font?) -> some View { self }
    public func foregroundStyle(_ style: Style) -> some View { self }
    public func padding() -> some View { self }
    public func frame(
        minWidth: CGFloat? = nil, maxWidth: CGFloat? = nil, minHeight: CGFloat? = nil, maxHeight: CGFloat? = nil
    ) -> some View { self }
    public func frame(maxWidth: CGFloat?, alignment: Alignment) -> some View { self }
    public func aspectRatio(_ ratio: CGFloat?, contentMode: ContentMode) -> some View { self }
    public func ignoresSafeArea() -> some View { self }
    public func disabled(_ isDisabled: Bool) -> some View { self }
    public func tag<Tag: Hashable>(_ tag: Tag) -> some View { self }
    public func tabItem<Content: View>(@ViewBuilder _ label: () -> Content) -> some View { self }
    public func overlay<Content: View>(@ViewBuilder content: () -> Content) -> some View { self }
    public func buttonStyle(_ style: ButtonStyle) -> some View { self }
    public func controlSize(_ size: ControlSize) -> some View { self }
    public func textFieldStyle(_ style: TextFieldStyle) -> some View { self }
    public func textSelection(_ selectability: TextSelectability) -> some View { self }
    public func autocorrectionDisabled() -> some View { self }
    public func textInputAutocapitalization(_ kind: TextInputAutocapitalization?) -> some View { self }
    public func privacySensitive() -> some View { self }
    public func navigationTitle(_ title: String) -> some View { self }
    public func navigationDestination<Value: Hashable, Content: View>(
        for type: Value.Type, @ViewBuilder destination: @escaping (Value) -> Content
    ) -> some View { self }
    public func searchable(text: Binding<String>, prompt: String) -> some View { self }
    public func searchable(text: Binding<String>, isPresented: Binding<Bool>, prompt: String) -> some View { self }
    public func toolbar<Content: View>(@ViewBuilder content: () -> Content) -> some View { self }
    public func interactiveDismissDisabled(_ isDisabled: Bool = true) -> some View { self }
    public func task(@_inheritActorContext _ action: @escaping @Sendable () async -> Void) -> some View { self }
    public func task<ID: Equatable>(
        id: ID, @_inheritActorContext _ action: @escaping @Sendable () async -> Void
    ) -> some View { self }
    public func focused<Value: Hashable>(_ binding: FocusState<Value>.Binding, equals value: Value) -> some View { self }
    public func onSubmit(_ action: @escaping () -> Void) -> some View { self }
    public func onOpenURL(perform action: @escaping (URL) -> Void) -> some View { self }
    public func fileImporter(
        isPresented: Binding<Bool>, allowedContentTypes: [UTType], allowsMultipleSelection: Bool,
        onCompletion: @escaping (Result<[URL], any Error>) -> Void
    ) -> some View { self }
    public func fileMover(
        isPresented: Binding<Bool>, file: URL?, onCompletion: @escaping (Result<URL, any Error>) -> Void,
        onCancellation: @escaping () -> Void
    ) -> some View { self }
    public func refreshable(action: @escaping @Sendable () async -> Void) -> some View { self }
    public func onAppear(perform action: (() -> Void)? = nil) -> some View { self }
    public func onDisappear(perform action: (() -> Void)? = nil) -> some View { self }
    public func onChange<Value: Equatable>(of value: Value, _ action: @escaping (Value, Value) -> Void) -> some View { self }
    public func sheet<Item: Identifiable, Content: View>(
        item: Binding<Item?>, @ViewBuilder content: @escaping (Item) -> Content
    ) -> some View { self }
    public func sheet<Item: Identifiable, Content: View>(
        item: Binding<Item?>, onDismiss: (() -> Void)?, @ViewBuilder content: @escaping (Item) -> Content
    ) -> some View { self }
    public func sheet<Content: View>(
        isPresented: Binding<Bool>, onDismiss: (() -> Void)? = nil, @ViewBuilder content: @escaping () -> Content
    ) -> some View { self }
    public func alert<Actions: View, Message: View>(
        _ title: String, isPresented: Binding<Bool>, @ViewBuilder actions: () -> Actions, @ViewBuilder message: () -> Message
    ) -> some View { self }
    public func confirmationDialog<Value, Actions: View, Message: View>(
        _ title: String, isPresented: Binding<Bool>, titleVisibility: Visibility, presenting value: Value?,
        @ViewBuilder actions: (Value) -> Actions, @ViewBuilder message: (Value) -> Message
    ) -> some View { self }
    public func accessibilityLabel(_ label: String) -> some View { self }
    public func accessibilityHint(_ hint: String) -> some View { self }
    public func accessibilityHidden(_ isHidden: Bool) -> some View { self }
    public func accessibilityElement(children: AccessibilityChildBehavior) -> some View { self }
    public func accessibilityAddTraits(_ traits: AccessibilityTraits) -> some View { self }
}

/// Stands for every value: none is ever asked for.
var shim: Never { preconditionFailure("the shim is for type-checking only") }
