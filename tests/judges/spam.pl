#!/usr/bin/perl
# SpamAssassin, without network and without memory, over every golden mail: no rule may count against one, but for those that are named below.
#
#   perl spam.pl          the golden mails
#   perl spam.pl FILE…    those mails instead
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Find;
use Mail::SpamAssassin;

# Rules that may count against a mail, and why. (Of those that miss the servers through which a mail came none has points.)
my %BORNE = (
    HTML_MESSAGE => 'it has an HTML part: a thousandth of a point, so that the rule is counted',
);

# What a mail may be that is there to be too much.
my %HOSTILE = (
    FILL_THIS_FORM => 'its texts are taken for questions of a form',
    FILL_THIS_FORM_LONG => 'the same',
);

my $fixtures = dirname(__FILE__) . '/../fixtures';
my @files = @ARGV;
if (!@files) {
    find({ wanted => sub { push @files, $_ if /\.eml\z/ }, no_chdir => 1 }, map { "$fixtures/$_" } qw(mail issue-mail));
    @files = sort @files;
}
my $complaints = 0;

sub complain {
    my ($where, $what, $because) = @_;
    print "$where: $what: $because\n";
    $complaints += 1;
}

my $judge = Mail::SpamAssassin->new({
    rules_filename => '/usr/share/spamassassin',
    site_rules_filename => '/etc/spamassassin',
    dont_copy_prefs => 1,
    userprefs_filename => '/dev/null',
    local_tests_only => 1,
    require_rules => 1,
    post_config_text => "use_bayes 0\nuse_txrep 0\nuse_auto_whitelist 0\nskip_rbl_checks 1\ndns_available no\n",
});
$judge->compile_now(0, 0);

# The rules that count against a mail, each with its points and its description.
sub rules {
    my ($text) = @_;
    my $mail = $judge->parse($text, 1);
    my $status = $judge->check($mail);
    my %found;
    for my $rule (split /,/, $status->get_names_of_tests_hit() . ',' . $status->get_names_of_subtests_hit()) {
        my $points = $judge->{conf}{scores}{$rule} // 0;
        $found{$rule} = $points if $points > 0 && $rule !~ /\A__/;
    }
    my $total = $status->get_score();
    $status->finish();
    $mail->finish();
    return ($total, %found);
}

sub contents {
    my ($file) = @_;
    open my $in, '<:raw', $file or die "$file: $!\n";
    local $/;
    return <$in>;
}

# A judge that takes this for a letter would take anything for one.
my $planted = join "\n", 'From: "Dr. Cash" <win4u@example.com>', 'To: undisclosed-recipients:;', 'Subject: YOU HAVE WON $$$ 1,000,000 FREE!!!',
    'MIME-Version: 1.0', 'Content-Type: text/html', '', '<html><body bgcolor="#ffffff"><font color="#fffffe" size="1">viagra</font>',
    '<h1>CLICK HERE NOW!!! 100% FREE</h1><a href="http://192.0.2.1/win.exe">https://www.paypal.com</a><img src="http://192.0.2.1/x.png"></body></html>', '';
my (undef, %rules) = rules($planted);
delete @rules{ keys %BORNE };
complain('(planted)', 'the judge fails on what is planted', join ', ', sort keys %rules) if keys %rules < 5;

my %most = (points => 0, file => '');
complain('(fixtures)', 'there are golden mails', 'only ' . @files) if !@ARGV && @files < 40;
for my $file (@files) {
    (my $name = $file) =~ s{\A\Q$fixtures\E/}{};
    my ($total, %found) = rules(contents($file));
    %most = (points => $total, file => $name) if $total > $most{points};
    for my $rule (sort keys %found) {
        next if $BORNE{$rule} || $name =~ /hostile/ && $HOSTILE{$rule};
        my $about = $judge->{conf}{descriptions}{$rule} // '';
        complain($name, 'no rule counts against it', sprintf '%s (%.1f points): %s', $rule, $found{$rule}, $about);
    }
}
printf "spam: %d mails, %d complaints; the most points are %.1f%s\n", scalar @files, $complaints, $most{points},
    $most{file} ? " ($most{file})" : '';
exit($complaints ? 1 : 0);
