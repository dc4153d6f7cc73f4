#pragma once

#include <QFrame>
#include <QLabel>
#include <QPlainTextEdit>
#include <QStackedWidget>
#include <QTextCharFormat>
#include <QTextEdit>

class QAbstractItemView;
class QToolButton;

/// Small controls that several panels are made of. GUI thread.
namespace turntable::widgets {

/// The font of the platform for code.
[[nodiscard]] QFont monospaceFont();

/// Ctrl+C in `view` copies the selected rows as tab-separated text.
void copyRowsOf(QAbstractItemView* view);
/// `view` keeps Left, Right, Home and End for itself instead of leaving them to the window's steps from turn to turn.
void keepArrowKeys(QWidget* view);

/// A sentence across the top of the window, until it is closed or things are well again.
class Banner : public QFrame {
    Q_OBJECT

public:
    explicit Banner(QWidget* parent = nullptr);
    void showSentence(const QString& sentence);
    [[nodiscard]] QString sentence() const { return m_label->text(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QLabel* m_label;
    QToolButton* m_close;
};

/// A caption in small print above a figure.
class Figure : public QWidget {
    Q_OBJECT

public:
    explicit Figure(const QString& caption, QWidget* parent = nullptr);
    void setValue(const QString& value, const QString& toolTip = {});
    [[nodiscard]] QString value() const { return m_value->text(); }

private:
    QLabel* m_caption;
    QLabel* m_value;
};

/// A line of text that ends in "…" where there is no room for all of it; the whole is its tool tip and its accessible
/// name.
class ElidedLabel : public QLabel {
    Q_OBJECT
public:
    explicit ElidedLabel(QWidget* parent = nullptr);
    void setWhole(const QString& text);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void fit();
    QString m_whole;
};

/// A word in a rounded frame of the theme's colour for what is simulated.
class Badge : public QLabel {
    Q_OBJECT

public:
    using QLabel::QLabel;
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
};

/// Read-only text in the code font.
class CodeView : public QPlainTextEdit {
    Q_OBJECT

public:
    explicit CodeView(const QString& accessibleName, QWidget* parent = nullptr);
};

/// Read-only paragraphs under headings, some of them code.
class DocumentView : public QTextEdit {
    Q_OBJECT

public:
    explicit DocumentView(const QString& accessibleName, QWidget* parent = nullptr);
    void addHeading(const QString& text);
    void addText(const QString& text);
    void addCode(const QString& text);

private:
    void add(const QString& text, const QTextCharFormat& format, double spaceAbove);
};

/// A panel, or in its place a sentence that says what to do next.
class OrEmpty : public QStackedWidget {
    Q_OBJECT

public:
    explicit OrEmpty(QWidget* content, QWidget* parent = nullptr);
    void showContent() { setCurrentIndex(0); }
    void showSentence(const QString& sentence);
    [[nodiscard]] bool empty() const { return currentIndex() == 1; }

private:
    QLabel* m_sentence;
};

/// A panel's title above its content.
[[nodiscard]] QLabel* makeTitle(const QString& text, QWidget* parent);

}  // namespace turntable::widgets
